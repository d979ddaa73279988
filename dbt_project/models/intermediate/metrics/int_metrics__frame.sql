-- Grain: one row per metric, grain, period and slice that has or ought to have a value.
-- The total stands for every period; a slice from its first row on, where an absent row
-- means zero (balances and activities), else only where it has rows.
with

totals as (

    select
        metrics.metric_id,
        periods.grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value,
    from {{ ref('dim_metrics') }} as metrics
    inner join {{ ref('int_calendar__periods') }} as periods
        on list_contains(metrics.grains, periods.grain)

),

slices as (

    select
        rows.metric_id,
        rows.grain,
        rows.dimension,
        rows.dimension_value,
        min(rows.period_start) as first_period,
    from {{ ref('int_metrics__rows') }} as rows
    where rows.dimension != 'total'
    group by rows.metric_id, rows.grain, rows.dimension, rows.dimension_value

),

dense_slices as (

    select
        slices.metric_id,
        slices.grain,
        periods.period_start,
        slices.dimension,
        slices.dimension_value,
    from slices
    inner join {{ ref('dim_metrics') }} as metrics
        on
            slices.metric_id = metrics.metric_id
            and metrics.aggregation in ('balance', 'activity')
    inner join {{ ref('int_calendar__periods') }} as periods
        on slices.grain = periods.grain and slices.first_period <= periods.period_start

)

select * from totals
union
select * from dense_slices
union
select
    rows.metric_id,
    rows.grain,
    rows.period_start,
    rows.dimension,
    rows.dimension_value,
from {{ ref('int_metrics__rows') }} as rows
