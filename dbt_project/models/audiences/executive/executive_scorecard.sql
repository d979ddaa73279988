-- Grain: one row per metric of the executive core, as of the run's day.
with

core_metrics as (

    select
        metrics.*,
        own_grains.own_grain,
    from {{ ref('dim_metrics') }} as metrics
    inner join {{ ref('int_metrics__own_grains') }} as own_grains
        on metrics.metric_id = own_grains.metric_id
    where metrics.tier = 'core'

),

complete_values as (

    select
        core_metrics.metric_id,
        values_of.grain,
        values_of.period_start,
        values_of.period_end,
        values_of.value,
        values_of.state,
        values_of.target,
        values_of.guardrail,
        values_of.status,
        values_of.score,
        values_of.data_through_on,
        lag(values_of.value) over periods as previous_value,
        lag(values_of.value, 12) over periods as value_12_periods_ago,
        row_number() over (
            partition by core_metrics.metric_id order by values_of.period_start desc
        ) as recency,
    from core_metrics
    inner join {{ ref('metric_values') }} as values_of
        on
            core_metrics.metric_id = values_of.metric_id
            and core_metrics.own_grain = values_of.grain
            and values_of.dimension = 'total'
            and values_of.is_complete
    window periods as (
        partition by core_metrics.metric_id order by values_of.period_start
    )

),

executive_scorecard as (

    select
        run.as_of as snapshot_on,
        core_metrics.metric_id,
        core_metrics.label,
        core_metrics.driver_family,
        core_metrics.unit,
        core_metrics.direction,
        core_metrics.own_grain as grain,
        latest.period_start,
        latest.period_end,
        latest.value,
        coalesce(latest.state, 'no_data') as state,
        latest.previous_value,
        latest.value - latest.previous_value as change_on_previous,
        latest.value_12_periods_ago,
        latest.target,
        latest.guardrail,
        coalesce(latest.status, 'no_value') as status,
        latest.score,
        core_metrics.owner_role,
        core_metrics.paired_metric_id,
        latest.data_through_on,
    from core_metrics
    cross join {{ ref('int_calendar__run') }} as run
    left join complete_values as latest
        on core_metrics.metric_id = latest.metric_id and latest.recency = 1

)

select * from executive_scorecard
