-- Grain: one row per metric, as of the run's day.
with

latest as (

    select own.*
    from {{ ref('int_scores__own') }} as own
    inner join {{ ref('int_calendar__run') }} as run
        on own.snapshot_on = run.as_of

),

judged as (

    select
        judged.metric_id,
        judged.period_start,
        lag(judged.value) over (
            partition by judged.metric_id order by judged.period_start
        ) as previous_value,
    from {{ ref('int_metrics__judged') }} as judged

),

complete_values as (

    select
        values_of.metric_id,
        values_of.grain,
        values_of.period_start,
        values_of.value,
        row_number() over newest as recency,
        lag(values_of.value) over periods as value_before,
        lag(values_of.value, 12) over periods as value_12_before,
    from {{ ref('int_metrics__headlines') }} as values_of
    where
        values_of.dimension = 'total'
        and values_of.is_complete
        and values_of.grain in ('week', 'month')
    window
        periods as (
            partition by values_of.metric_id, values_of.grain
            order by values_of.period_start
        ),
        newest as (
            partition by values_of.metric_id, values_of.grain
            order by values_of.period_start desc
        )

),

trends as (

    select
        complete_values.metric_id,
        max(complete_values.value - complete_values.value_before)
        filter (where complete_values.recency = 1) as change_on_month,
        max(complete_values.value - complete_values.value_12_before)
        filter (where complete_values.recency = 1) as change_on_year,
        {{ trend('complete_values.value', 'complete_values.recency', 3) }} as trend_3m,
        {{ trend('complete_values.value', 'complete_values.recency', 6) }} as trend_6m,
    from complete_values
    where complete_values.grain = 'month'
    group by complete_values.metric_id

),

weeks as (

    select
        complete_values.metric_id,
        complete_values.value - complete_values.value_before as change_on_week,
    from complete_values
    where complete_values.grain = 'week' and complete_values.recency = 1

)

select
    run.as_of as snapshot_on,
    metrics.metric_id,
    nodes.root_metric_id,
    nodes.path,
    nodes.rank_below - 2 as depth,
    own_grains.own_grain as grain,
    latest.period_start,
    latest.period_end,
    latest.judged_over,
    latest.value,
    latest.period_value,
    latest.lower,
    latest.upper,
    coalesce(latest.state, 'no_data') as state,
    judged.previous_value,
    latest.value - judged.previous_value as change_on_previous,
    weeks.change_on_week,
    trends.change_on_month,
    trends.change_on_year,
    trends.trend_3m,
    trends.trend_6m,
    latest.target,
    latest.guardrail,
    coalesce(latest.status, 'no_value') as status,
    latest.score,
    scores.score as branch_score,
    scores.known_count,
    scores.missing_count,
    latest.data_through_on,
from {{ ref('dim_metrics') }} as metrics
cross join {{ ref('int_calendar__run') }} as run
inner join {{ ref('int_metrics__own_grains') }} as own_grains
    on metrics.metric_id = own_grains.metric_id
inner join {{ ref('int_scores__nodes') }} as nodes
    on metrics.metric_id = nodes.node_id
left join {{ ref('kpi_scores') }} as scores
    on metrics.metric_id = scores.node_id and run.as_of = scores.snapshot_on
left join latest
    on metrics.metric_id = latest.metric_id
left join judged
    on latest.metric_id = judged.metric_id and latest.period_start = judged.period_start
left join trends
    on metrics.metric_id = trends.metric_id
left join weeks
    on metrics.metric_id = weeks.metric_id
