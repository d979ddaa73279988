-- Grain: one row per service and day of the calendar, whether anything happened or not.
with

events as (

    select
        incidents.service,
        cast(incidents.opened_at as date) as occurred_on,
        'incident' as event_type,
        1 as event_count,
    from {{ ref('int_incidents__timelines') }} as incidents

    union all

    select
        coalesce(components.service, 'unknown') as service,
        cast(runs.finished_at as date) as occurred_on,
        case when runs.result = 'success' then 'pipeline_success' else 'pipeline_failure' end
            as event_type,
        1 as event_count,
    from {{ ref('stg_cicd__pipeline_runs') }} as runs
    left join {{ ref('int_services__components') }} as components
        on runs.repository_name = components.component
    -- Who was stopped by hand neither succeeded nor failed.
    where runs.result in ('success', 'failure')

    union all

    select
        defects.service,
        defects.found_on as occurred_on,
        case when defects.is_found_by_customer then 'escaped_defect' else 'caught_defect' end
            as event_type,
        1 as event_count,
    from {{ ref('int_code__defects') }} as defects

    union all

    select
        slow.service,
        slow.occurred_on,
        'slow_minute' as event_type,
        count(distinct slow.slow_minute) as event_count,
    from (
        select
            days.service,
            days.occurred_on,
            unnest(days.slow_minutes) as slow_minute,
        from {{ ref('int_telemetry__account_days') }} as days
    ) as slow
    group by slow.service, slow.occurred_on

),

counts as (

    select
        events.service,
        events.occurred_on,
        sum(events.event_count) filter (where events.event_type = 'incident')
            as incident_count,
        sum(events.event_count) filter (where events.event_type = 'pipeline_success')
            as pipeline_success_count,
        sum(events.event_count) filter (where events.event_type = 'pipeline_failure')
            as pipeline_failure_count,
        sum(events.event_count) filter (where events.event_type = 'escaped_defect')
            as escaped_defect_count,
        sum(events.event_count) filter (where events.event_type = 'caught_defect')
            as caught_defect_count,
        sum(events.event_count) filter (where events.event_type = 'slow_minute')
            as slow_minute_count,
    from events
    group by events.service, events.occurred_on

),

requests as (

    select
        days.service,
        days.occurred_on,
        sum(days.request_count) as request_count,
        sum(days.error_count) as error_count,
        {%- for bound in latency_bounds() %}
        sum(days.le_{{ bound }}) as le_{{ bound }},
        {%- endfor %}
    from {{ ref('int_telemetry__account_days') }} as days
    group by days.service, days.occurred_on

),

-- `unknown` stands only where something is known of it.
services as (

    select
        components.service,
        components.team,
        components.watched_from,
        components.watched_until,
    from {{ ref('int_services__components') }} as components
    where
        components.component = components.service
        and (
            components.service != 'unknown'
            or exists (
                select 1 from counts
                where counts.service = 'unknown'
            )
            or exists (
                select 1 from {{ ref('int_code__service_days') }} as code
                where code.service = 'unknown'
            )
        )

),

service_days as (

    select
        services.service,
        services.team,
        days.date_day as occurred_on,
        services.watched_from <= days.date_day
        and coalesce(days.date_day < services.watched_until, true) as is_watched,
        levels.availability_slo,
    from services
    cross join {{ ref('time_spine_daily') }} as days
    left join {{ ref('service_levels') }} as levels
        on services.service = levels.service and days.date_day >= levels.valid_from
    qualify row_number() over (
        partition by services.service, days.date_day order by levels.valid_from desc nulls last
    ) = 1

),

minutes as (

    select
        service_days.*,
        case when service_days.is_watched then 1440.0 else 0 end as watched_minutes,
        case when service_days.is_watched then coalesce(outages.outage_minutes, 0) else 0 end
            as watched_outage_minutes,
        coalesce(outages.outage_minutes, 0) as outage_minutes,
    from service_days
    left join {{ ref('int_incidents__outage_days') }} as outages
        on
            service_days.service = outages.service
            and service_days.occurred_on = outages.occurred_on
            and outages.vendor_id is null

),

fct_service_days as (

    select
        minutes.service,
        minutes.team,
        minutes.occurred_on,
        {{ as_exact('minutes.watched_minutes') }} as watched_minutes,
        {{ as_exact('minutes.outage_minutes') }} as outage_minutes,
        {{ as_exact('minutes.watched_minutes - minutes.watched_outage_minutes') }}
            as available_minutes,
        cast(
            coalesce((1 - minutes.availability_slo) * minutes.watched_minutes, 0) as decimal(38, 15)
        ) as budget_minutes,
        cast(
            case
                when minutes.availability_slo is null then 0
                else
                    (1 - minutes.availability_slo) * minutes.watched_minutes
                    - minutes.watched_outage_minutes
            end as decimal(38, 15)
        ) as budget_left_minutes,
        cast(coalesce(counts.incident_count, 0) as integer) as incident_count,
        cast(coalesce(counts.pipeline_success_count, 0) as integer) as pipeline_success_count,
        cast(
            coalesce(counts.pipeline_success_count, 0)
            + coalesce(counts.pipeline_failure_count, 0) as integer
        ) as pipeline_run_count,
        cast(coalesce(counts.escaped_defect_count, 0) as integer) as escaped_defect_count,
        cast(
            coalesce(counts.escaped_defect_count, 0)
            + coalesce(counts.caught_defect_count, 0) as integer
        ) as found_defect_count,
        cast(coalesce(counts.slow_minute_count, 0) as integer) as slow_minute_count,
        cast(coalesce(requests.request_count, 0) as bigint) as request_count,
        -- Who asked nothing met no error; rollups may count requests alone.
        cast(
            case when requests.service is null then 0 else requests.error_count end as bigint
        ) as error_count,
        {%- for bound in latency_bounds() %}
        cast(
            case when requests.service is null then 0 else requests.le_{{ bound }} end as bigint
        ) as le_{{ bound }},
        {%- endfor %}
        cast(coalesce(code.code_line_count, 0) as bigint) as code_line_count,
        cast(coalesce(code.coverable_line_count, 0) as bigint) as coverable_line_count,
        cast(coalesce(code.covered_line_count, 0) as bigint) as covered_line_count,
        cast(coalesce(code.bug_count, 0) as bigint) as open_bug_count,
    from minutes
    left join counts
        on minutes.service = counts.service and minutes.occurred_on = counts.occurred_on
    left join requests
        on minutes.service = requests.service and minutes.occurred_on = requests.occurred_on
    left join {{ ref('int_code__service_days') }} as code
        on minutes.service = code.service and minutes.occurred_on = code.occurred_on

)

select * from fct_service_days
