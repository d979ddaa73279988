-- Grain: one row per day from the calendar's first month to the run's day. It ends there:
-- a spine beyond it invents periods.
select cast(days.day_on as date) as date_day,
from {{ ref('int_calendar__months') }} as months
cross join unnest(
    generate_series(months.month_start, months.period_end_on, interval 1 day)
) as days (day_on)
