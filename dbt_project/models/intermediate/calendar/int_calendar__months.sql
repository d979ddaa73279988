-- Grain: one row per month from the first that billing or the product knows to the run's day.
with

bounds as (

    select
        {{ month_start(first_known(['coverage.covered_from', 'run.as_of'])) }} as first_month,
        run.as_of,
    from (
        select min(starts.starts_on) as covered_from,
        from {{ ref('int_calendar__starts') }} as starts
    ) as coverage
    cross join {{ ref('int_calendar__run') }} as run

)

select
    cast(months.month_start as date) as month_start,
    least({{ month_end('months.month_start') }}, bounds.as_of) as period_end_on,
    {{ month_end('months.month_start') }} = least(
        {{ month_end('months.month_start') }}, bounds.as_of
    ) as is_complete,
from bounds
cross join unnest(
    generate_series(bounds.first_month, bounds.as_of, interval 1 month)
) as months (month_start)
