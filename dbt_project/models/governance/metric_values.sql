-- Grain: one row per metric, grain, period and slice.
with

-- A plan by month is a target of its own for every month, and for a quarter that it covers:
-- the sum of an activity, the last of a balance.
planned as (

    select
        plans.metric_id,
        grains.grain,
        cast(
            case
                when grains.grain = 'month' then plans.month_start
                else {{ dbt.date_trunc('quarter', 'plans.month_start') }}
            end as date
        ) as period_start,
        case
            when max(metrics.aggregation) = 'balance'
                then max_by(plans.planned, plans.month_start)
            else {{ exact_sum('plans.planned') }}
        end as target,
    from {{ ref('metric_plan') }} as plans
    inner join {{ ref('dim_metrics') }} as metrics
        on plans.metric_id = metrics.metric_id
    cross join (values ('month', 1), ('quarter', 3)) as grains (grain, month_count)
    group by all
    having count(*) = max(grains.month_count)

),

-- A target is judged as it stood in its period, at the grain and slice it is stated for.
targeted as (

    select
        states.*,
        metrics.label,
        metrics.unit,
        metrics.currency,
        metrics.direction,
        coalesce(planned.target, targets.target) as target,
        targets.target_high,
        targets.guardrail,
        targets.guardrail_high,
        targets.critical,
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
    left join planned
        on
            states.metric_id = planned.metric_id
            and states.grain = planned.grain
            and states.period_start = planned.period_start
            and states.dimension = 'total'
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
        targeted.label,
        targeted.value,
        targeted.unit,
        targeted.currency,
        targeted.numerator,
        targeted.denominator,
        targeted.sample_size,
        targeted.lower,
        targeted.upper,
        targeted.state,
        targeted.target,
        targeted.target_high,
        targeted.guardrail,
        targeted.guardrail_high,
        targeted.critical,
        {{ target_status() }} as status,
        cast({{ target_score() }} as double) as score,
        targeted.is_complete,
        targeted.data_through_on,
    from targeted

)

select * from metric_values
