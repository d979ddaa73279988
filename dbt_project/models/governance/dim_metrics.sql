-- Grain: one row per metric.
-- The core is the business's own where `core_metrics` names one, else what the metrics say.
with

cores as (

    select list(core_metrics.metric_id order by core_metrics.metric_id) as metric_ids,
    from {{ ref('core_metrics') }} as core_metrics
    where core_metrics.business = '{{ setting("business") }}'
    having count(*) > 0

),

placed as (

    select
        registry.*,
        coalesce(
            list_contains(cores.metric_ids, registry.metric_id), registry.tier = 'core'
        ) as is_core,
    from {{ ref('metric_registry') }} as registry
    left join cores
        on true

),

dim_metrics as (

    select
        registry.metric_id,
        registry.label,
        registry.description,
        registry.driver_family,
        case
            when registry.is_core = (registry.tier = 'core') then registry.audiences
            when registry.is_core then list_sort(list_distinct(registry.audiences || ['executive']))
            else list_sort(
                list_distinct(
                    list_filter(registry.audiences, lambda audience: audience != 'executive')
                    || ['leadership']
                )
            )
        end as audiences,
        case
            when registry.is_core then 'core'
            when registry.tier = 'core' then 'standard'
            else registry.tier
        end as tier,
        registry.function,
        registry.signal,
        registry.stage,
        cast(registry.parent as varchar) as parent_metric_id,
        registry.weight,
        registry.own_share,
        registry.bridge,
        cast(registry.pair as varchar) as paired_metric_id,
        cast(registry.business_outcome as varchar) as business_outcome_metric_id,
        registry.outcomes,
        registry.owner_role,
        registry.levers,
        registry.unit,
        case
            when registry.unit = 'currency' then '{{ setting("reporting_currency") }}'
        end as currency,
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
        registry.judged_over,
        registry.target_holds_by,
        cast(registry.min_cases as integer) as min_cases,
        registry.is_counted_in_full,
        -- A share of the cases that it counts.
        coalesce(
            registry.unit = 'rate'
            and registry.sample = registry.denominator
            and registry.lower_bound = 0
            and registry.upper_bound = 1,
            false
        ) as is_proportion,
        registry.lower_bound,
        registry.upper_bound,
        registry.has_bounds,
        cast(registry.numerator_state as varchar) as numerator_state,
        cast(registry.denominator_state as varchar) as denominator_state,
        cast(registry.not_recomputed as varchar) as not_recomputed,
        registry.is_shareable,
        cast(registry.definition_version as integer) as definition_version,
    from placed as registry

)

select * from dim_metrics
