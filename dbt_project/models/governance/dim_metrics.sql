-- Grain: one row per metric.
with

defined as (

    select
        registry.metric_id,
        registry.label,
        registry.description,
        registry.driver_family,
        registry.audiences,
        registry.tier,
        registry.function,
        registry.signal,
        registry.stage,
        cast(registry.parent as varchar) as parent_metric_id,
        registry.weight,
        cast(registry.pair as varchar) as paired_metric_id,
        cast(registry.business_outcome as varchar) as business_outcome_metric_id,
        registry.owner_role,
        registry.levers,
        registry.unit,
        registry.aggregation,
        registry.direction,
        registry.grains,
        registry.dimensions,
        registry.cadence,
        registry.formula,
        registry.caveats,
        registry.goal as goal_id,
        registry.process as process_id,
        registry.requires as required_roles,
        cast(registry.maturity_days as integer) as maturity_days,
        cast(registry.min_sample as integer) as min_sample,
        cast(registry.numerator_state as varchar) as numerator_state,
        cast(registry.denominator_state as varchar) as denominator_state,
        cast(registry.not_recomputed as varchar) as not_recomputed,
        registry.is_shareable,
        cast(registry.definition_version as integer) as definition_version,
        true as is_defined,
    from {{ ref('metric_registry') }} as registry

),

-- The core's metrics that nothing feeds yet stand in the scorecard as what they are.
planned as (

    select
        planned.metric_id,
        planned.label,
        planned.description,
        planned.driver_family,
        [planned.audience] as audiences,
        planned.tier,
        planned.function,
        planned.signal,
        planned.stage,
        planned.parent as parent_metric_id,
        1.0 as weight,
        null as paired_metric_id,
        null as business_outcome_metric_id,
        planned.owner_role,
        cast([] as varchar[]) as levers,
        planned.unit,
        planned.aggregation,
        planned.direction,
        [planned.grain] as grains,
        cast([] as varchar[]) as dimensions,
        'daily' as cadence,
        'its sources are not connected yet' as formula,
        'Planned: always no_data.' as caveats,
        null as goal_id,
        null as process_id,
        cast([] as varchar[]) as required_roles,
        0 as maturity_days,
        0 as min_sample,
        null as numerator_state,
        null as denominator_state,
        null as not_recomputed,
        false as is_shareable,
        0 as definition_version,
        false as is_defined,
    from {{ ref('planned_metrics') }} as planned

),

dim_metrics as (

    select * from defined
    union all
    select * from planned

)

select * from dim_metrics
