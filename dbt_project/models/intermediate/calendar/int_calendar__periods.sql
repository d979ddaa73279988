-- Grain: one row per grain and period from the calendar's first month to the run's day.
with

days as (

    select spine.date_day,
    from {{ ref('time_spine_daily') }} as spine

)

{% for grain in ['day', 'week', 'month', 'quarter'] -%}
select distinct
    '{{ grain }}' as grain,
    cast({{ dbt.date_trunc(grain, 'days.date_day') }} as date) as period_start,
    cast(
        {{ dbt.dateadd('day', -1, dbt.dateadd(grain, 1, dbt.date_trunc(grain, 'days.date_day'))) }}
        as date
    ) as period_end,
from days
{% if not loop.last %}
union all

{% endif -%}
{% endfor %}
