-- Grain: one row per metric, grain, period and slice.
with

-- A target is judged as it stood in its period, at the grain and slice it is stated for.
targeted as (

    select
        states.*,
        metrics.direction,
        targets.target,
        targets.target_high,
        targets.guardrail,
        targets.guardrail_high,
    from {{ ref('int_metrics__states') }} as states
    inner join {{ ref('dim_metrics') }} as metrics
        on states.metric_id = metrics.metric_id
    left join {{ ref('metric_targets') }} as targets
        on
            states.metric_id = targets.metric_id
            and states.grain = targets.grain
            and states.dimension = targets.dimension
            and states.dimension_value = targets.dimension_value
            and states.period_end >= targets.valid_from
    qualify row_number() over (
        partition by
            states.metric_id,
            states.grain,
            states.period_start,
            states.dimension,
            states.dimension_value
        order by targets.valid_from desc nulls last
    ) = 1

),

metric_values as (

    select
        targeted.metric_id,
        targeted.grain,
        targeted.period_start,
        targeted.period_end,
        targeted.dimension,
        targeted.dimension_value,
        targeted.value,
        targeted.numerator,
        targeted.denominator,
        targeted.sample_size,
        targeted.lower,
        targeted.upper,
        targeted.state,
        targeted.target,
        targeted.guardrail,
        {{ target_status() }} as status,
        cast({{ target_score() }} as double) as score,
        targeted.is_complete,
        targeted.data_through_on,
    from targeted

)

select * from metric_values
