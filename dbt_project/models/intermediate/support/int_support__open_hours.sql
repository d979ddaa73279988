-- Grain: one row per schedule and stretch of open time in UTC, with the open seconds of the
-- schedule before it.
with

intervals as (

    select
        schedules.schedule_id,
        coalesce(zones.iana_name, schedules.time_zone, 'UTC') as time_zone,
        schedules.start_minute,
        schedules.end_minute,
    from {{ ref('stg_zendesk__schedules') }} as schedules
    left join {{ ref('time_zones') }} as zones
        on schedules.time_zone = zones.time_zone

    union all

    select
        'default' as schedule_id,
        coalesce(zones.iana_name, hours.time_zone) as time_zone,
        -- Minutes from Sunday 0:00, as schedules count them; ISO Sunday is 7.
        (hours.weekday % 7) * 1440
        + 60 * extract('hour' from hours.opens)
        + extract('minute' from hours.opens) as start_minute,
        (hours.weekday % 7) * 1440
        + 60 * extract('hour' from hours.closes)
        + extract('minute' from hours.closes) as end_minute,
    from {{ ref('business_hours') }} as hours
    left join {{ ref('time_zones') }} as zones
        on hours.time_zone = zones.time_zone

),

days as (

    select
        cast(days.day_on as date) as day_on,
        -- The day's first minute in the local week.
        (extract('isodow' from days.day_on) % 7) * 1440 as first_minute,
    from (
        select cast(min(tickets.created_at) as date) - 8 as first_on,
        from {{ ref('stg_zendesk__tickets') }} as tickets
    ) as bounds
    cross join {{ ref('int_calendar__run') }} as run
    cross join unnest(
        generate_series(bounds.first_on, run.as_of + 2, interval 1 day)
    ) as days (day_on)

),

stretches as (

    select
        intervals.schedule_id,
        {{ local_to_utc(
            "days.day_on + to_minutes("
            "greatest(intervals.start_minute - days.first_minute, 0))",
            'intervals.time_zone'
        ) }} as opens_at,
        {{ local_to_utc(
            "days.day_on + to_minutes("
            "least(intervals.end_minute - days.first_minute, 1440))",
            'intervals.time_zone'
        ) }} as closes_at,
    from intervals
    inner join days
        on
            intervals.end_minute > days.first_minute
            and intervals.start_minute < days.first_minute + 1440
    anti join {{ ref('stg_zendesk__schedule_holidays') }} as holidays
        on
            intervals.schedule_id = holidays.schedule_id
            and days.day_on between holidays.starts_on and holidays.ends_on
    anti join {{ ref('holidays') }} as days_off
        on
            intervals.schedule_id = 'default'
            and days.day_on = days_off.holiday_on

)

select
    stretches.schedule_id,
    stretches.opens_at,
    stretches.closes_at,
    coalesce(
        sum({{ dbt.datediff('stretches.opens_at', 'stretches.closes_at', 'second') }}) over (
            partition by stretches.schedule_id
            order by stretches.opens_at
            rows between unbounded preceding and 1 preceding
        ),
        0
    ) as seconds_before,
from stretches
where stretches.opens_at < stretches.closes_at
