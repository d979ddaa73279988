-- Grain: one row per month from the first that billing or the product knows to the run's day.
with

-- Subscriptions begin the calendar as they were delivered: after the timelines everything would
-- descend from whatever a price hangs on.
starts as (

    select min(cast(coalesce(subscriptions.started_at, subscriptions.created_at) as date))
        as starts_on,
    from {{ ref('int_subscriptions__last_seen') }} as subscriptions

    {% for model in declared('segments') -%}
    union all

    select min(own.valid_from) as starts_on,
    from {{ ref(model) }} as own

    {% endfor -%}
    union all

    select min(coverage.covered_from) as starts_on,
    from {{ ref('stg_raw_meta__coverage') }} as coverage

),

bounds as (

    select
        {{ month_start(first_known(['earliest.starts_on', 'run.as_of'])) }} as first_month,
        run.as_of,
    from (
        select min(starts.starts_on) as starts_on,
        from starts
    ) as earliest
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
