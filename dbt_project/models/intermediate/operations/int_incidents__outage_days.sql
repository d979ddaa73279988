-- Grain: one row per service, vendor and day with outage.
with

outages as (

    select
        incidents.service,
        null as vendor_id,
        incidents.opened_at,
        incidents.ends_at,
    from {{ ref('int_incidents__timelines') }} as incidents
    where incidents.is_outage

    union all

    select
        incidents.service,
        incidents.vendor_id,
        incidents.opened_at,
        incidents.ends_at,
    from {{ ref('int_incidents__timelines') }} as incidents
    where incidents.is_outage and incidents.vendor_id is not null

),

begun as (

    select
        outages.*,
        coalesce(
            outages.opened_at > max(outages.ends_at) over (
                partition by outages.service, outages.vendor_id
                order by outages.opened_at, outages.ends_at
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as begins_anew,
    from outages

),

numbered as (

    select
        begun.*,
        count(*) filter (where begun.begins_anew) over (
            partition by begun.service, begun.vendor_id
            order by begun.opened_at, begun.ends_at
            rows between unbounded preceding and current row
        ) as stretch_number,
    from begun

),

stretches as (

    select
        numbered.service,
        numbered.vendor_id,
        min(numbered.opened_at) as starts_at,
        max(numbered.ends_at) as ends_at,
    from numbered
    group by numbered.service, numbered.vendor_id, numbered.stretch_number

)

select
    stretches.service,
    stretches.vendor_id,
    days.date_day as occurred_on,
    sum(
        {{ dbt.datediff(
            'greatest(stretches.starts_at, days.date_day)',
            "least(stretches.ends_at, " ~ dbt.dateadd('day', 1, 'days.date_day') ~ ")",
            'second'
        ) }}
    ) / 60.0 as outage_minutes,
from stretches
inner join {{ ref('time_spine_daily') }} as days
    on
        stretches.ends_at >= days.date_day
        and stretches.starts_at < {{ dbt.dateadd('day', 1, 'days.date_day') }}
group by stretches.service, stretches.vendor_id, days.date_day
