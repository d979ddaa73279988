-- Grain: one row per metric in drive mode, slice and complete period of those known in a row.
{% set most_ahead = 26 -%}
with

history as (

    select
        driven.metric_id,
        driven.grain,
        driven.dimension,
        driven.dimension_value,
        driven.kind,
        driven.direction,
        driven.target,
        driven.target_high,
        driven.lower_bound,
        driven.upper_bound,
        driven.due_on,
        values_of.period_start,
        values_of.value,
        max(values_of.period_start) over whole as newest_start,
        max(values_of.period_start) filter (where values_of.value is null) over whole
            as unknown_start,
    from {{ ref('int_forecasts__driven') }} as driven
    inner join {{ ref('int_metrics__headlines') }} as values_of
        on
            driven.metric_id = values_of.metric_id
            and driven.grain = values_of.grain
            and driven.dimension = values_of.dimension
            and driven.dimension_value = values_of.dimension_value
    where values_of.is_complete and values_of.grain in ('week', 'month', 'quarter')
    window
        whole as (
            partition by
                driven.metric_id, driven.grain, driven.dimension, driven.dimension_value
        )

),

measured as (

    select
        history.* exclude (history.unknown_start, history.due_on),
        -- From the newest one to that of the due day.
        case history.grain
            when 'week'
                then {{ dbt.datediff('history.newest_start', 'history.due_on', 'day') }} // 7
            when 'month' then {{ dbt.datediff('history.newest_start', 'history.due_on', 'month') }}
            else {{ dbt.datediff('history.newest_start', 'history.due_on', 'quarter') }}
        end as periods_to_due,
    from history
    where history.period_start > coalesce(history.unknown_start, date '0001-01-01')

)

select
    measured.* exclude (measured.periods_to_due),
    -- Of a due day that has passed the next one.
    {{ at_most(at_least('measured.periods_to_due', 1), most_ahead) }} as periods_ahead,
from measured
