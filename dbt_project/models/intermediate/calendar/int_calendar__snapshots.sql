-- Grain: one row per day on which balances are taken.
with

days as (

    select
        cast(days.day_on as date) as snapshot_on,
        months.month_start,
        months.is_complete and days.day_on = months.period_end_on as is_month_end,
        run.as_of,
    from {{ ref('int_calendar__months') }} as months
    cross join {{ ref('int_calendar__run') }} as run
    cross join unnest(
        generate_series(months.month_start, months.period_end_on, interval 1 day)
    ) as days (day_on)

)

select
    days.snapshot_on,
    days.month_start,
    days.is_month_end,
from days
where
    days.is_month_end
    or days.snapshot_on = days.as_of
    or extract('isodow' from days.snapshot_on) = 7
