-- Grain: one row per window and customer touched in it.
with

touches as (

    select
        accounts.customer_id,
        days.service,
        days.occurred_on,
        list_sort(flatten(list(days.bad_minutes))) as bad_minutes,
    from {{ ref('int_telemetry__account_days') }} as days
    inner join {{ ref('int_customers__accounts') }} as accounts
        on days.account_id = accounts.account_id
    cross join {{ ref('int_calendar__run') }} as run
    where len(days.bad_minutes) > 0 and days.occurred_on <= run.as_of
    group by accounts.customer_id, days.service, days.occurred_on

),

periods as (

    select
        periods.grain,
        periods.period_start,
        least(periods.period_end, run.as_of) as ends_on,
        touches.service,
        touches.customer_id,
        touches.occurred_on,
    from touches
    inner join {{ ref('int_calendar__periods') }} as periods
        on touches.occurred_on between periods.period_start and periods.period_end
    cross join {{ ref('int_calendar__run') }} as run

),

minutes as (

    select
        touches.customer_id,
        touches.service,
        touches.occurred_on,
        unnest(touches.bad_minutes) as bad_minute_at,
    from touches

),

incidents as (

    select distinct
        incidents.incident_id,
        cast(incidents.opened_at as date) as opened_on,
        cast(incidents.ends_at as date) as ends_on,
        minutes.customer_id,
        minutes.occurred_on,
    from {{ ref('int_incidents__timelines') }} as incidents
    inner join minutes
        on
            incidents.service = minutes.service
            and incidents.ends_at > minutes.bad_minute_at
            and {{ dbt.date_trunc('minute', 'incidents.opened_at') }} <= minutes.bad_minute_at

),

touched as (

    select
        periods.grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value,
        periods.period_start as starts_on,
        periods.ends_on,
        periods.ends_on as compared_from,
        periods.customer_id,
        periods.occurred_on,
    from periods

    union all

    select
        periods.grain,
        periods.period_start,
        'service' as dimension,
        periods.service as dimension_value,
        periods.period_start as starts_on,
        periods.ends_on,
        periods.ends_on as compared_from,
        periods.customer_id,
        periods.occurred_on,
    from periods

    union all

    select
        'month' as grain,
        {{ month_start('incidents.opened_on') }} as period_start,
        'incident' as dimension,
        incidents.incident_id as dimension_value,
        incidents.opened_on as starts_on,
        incidents.ends_on,
        {{ dbt.dateadd('day', -1, 'incidents.opened_on') }} as compared_from,
        incidents.customer_id,
        incidents.occurred_on,
    from incidents

)

select
    touched.grain,
    touched.period_start,
    touched.dimension,
    touched.dimension_value,
    touched.starts_on,
    touched.ends_on,
    -- Who was touched and who was not is compared by what they do after this day.
    cast(touched.compared_from as date) as compared_from,
    touched.customer_id,
    min(touched.occurred_on) as first_touched_on,
    list(distinct touched.occurred_on order by touched.occurred_on) as touched_days,
from touched
group by all
