-- Grain: one row per driven or planned metric, slice and complete period of those known in a row.
{% set most_ahead = 26 -%}
with

-- What has a plan and no target is foretold to the last month of its plan.
asked as (

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
    from {{ ref('int_forecasts__driven') }} as driven

    union all

    select
        planned.metric_id,
        'month' as grain,
        'total' as dimension,
        'total' as dimension_value,
        planned.kind,
        planned.direction,
        planned.target,
        null as target_high,
        planned.lower_bound,
        planned.upper_bound,
        planned.due_on,
    from {{ ref('int_forecasts__planned') }} as planned
    left join {{ ref('int_forecasts__driven') }} as driven
        on
            planned.metric_id = driven.metric_id
            and driven.grain = 'month'
            and driven.dimension = 'total'
    where driven.metric_id is null

),

history as (

    select
        asked.metric_id,
        asked.grain,
        asked.dimension,
        asked.dimension_value,
        asked.kind,
        asked.direction,
        asked.target,
        asked.target_high,
        asked.lower_bound,
        asked.upper_bound,
        asked.due_on,
        values_of.period_start,
        values_of.value,
        max(values_of.period_start) over whole as newest_start,
        max(values_of.period_start) filter (where values_of.value is null) over whole
            as unknown_start,
    from asked
    inner join {{ ref('int_metrics__headlines') }} as values_of
        on
            asked.metric_id = values_of.metric_id
            and asked.grain = values_of.grain
            and asked.dimension = values_of.dimension
            and asked.dimension_value = values_of.dimension_value
    where values_of.is_complete and values_of.grain in ('week', 'month', 'quarter')
    window
        whole as (
            partition by
                asked.metric_id, asked.grain, asked.dimension, asked.dimension_value
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
