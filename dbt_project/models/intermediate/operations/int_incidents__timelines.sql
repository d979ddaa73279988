-- Grain: one row per incident opened by the run's day, in the state that it has at its end.
with

moments as (

    select {{ dbt.dateadd('day', 1, 'run.as_of') }} as run_ends_at,
    from {{ ref('int_calendar__run') }} as run

),

-- An entry that is delivered again says nothing new.
entries as (

    select
        entries.incident_id,
        entries.entry_type,
        entries.created_at,
    from {{ ref('stg_pagerduty__log_entries') }} as entries
    cross join moments
    where entries.created_at < moments.run_ends_at
    qualify row_number() over (
        partition by entries.log_entry_id order by entries._file_order, entries._file_row
    ) = 1

),

logged as (

    select
        entries.incident_id,
        min(entries.created_at) filter (where entries.entry_type = 'acknowledge_log_entry')
            as acknowledged_at,
        max(entries.created_at) filter (where entries.entry_type = 'resolve_log_entry')
            as resolved_at,
        max(entries.created_at) filter (
            where
            entries.entry_type
            in ('trigger_log_entry', 'acknowledge_log_entry', 'reopen_log_entry')
        ) as opened_at,
    from entries
    group by entries.incident_id

),

-- The last state counts: who was resolved and triggered again is not restored.
stated as (

    select
        incidents.incident_id,
        incidents.service_id,
        incidents.vendor_id,
        incidents.created_at as opened_at,
        logged.acknowledged_at,
        case
            when logged.resolved_at is null
                then
                    case
                        when
                            incidents.status = 'resolved'
                            and incidents.resolved_at < moments.run_ends_at
                            then incidents.resolved_at
                    end
            when logged.opened_at is null or logged.resolved_at >= logged.opened_at
                then logged.resolved_at
        end as restored_at,
        coalesce(incidents.priority = 'P1', incidents.urgency = 'high', false) as is_outage,
        moments.run_ends_at,
    from {{ ref('stg_pagerduty__incidents') }} as incidents
    cross join moments
    left join logged
        on incidents.incident_id = logged.incident_id
    -- One that was merged into another is told by that one.
    where incidents.created_at < moments.run_ends_at and incidents.is_merged is not true

),

placed as (

    select
        stated.*,
        coalesce(services.service, 'unknown') as service,
    from stated
    left join {{ ref('stg_pagerduty__services') }} as services
        on stated.service_id = services.service_id

),

-- Its change is the latest that reached production before it, unless a vendor was the cause.
linked as (

    select
        placed.incident_id,
        deployments.deployment_id,
    from placed
    inner join {{ ref('int_delivery__deployments') }} as deployments
        on
            placed.service = deployments.service
            and placed.opened_at >= deployments.finished_at
    where deployments.is_successful and placed.vendor_id is null
    qualify row_number() over (
        partition by placed.incident_id
        order by deployments.finished_at desc, deployments.deployment_id desc
    ) = 1

)

select
    placed.incident_id,
    placed.service,
    placed.vendor_id,
    linked.deployment_id,
    placed.is_outage,
    placed.opened_at,
    -- Who restores has acknowledged.
    {{ first_known(['placed.acknowledged_at', 'placed.restored_at']) }} as acknowledged_at,
    placed.restored_at,
    coalesce(placed.restored_at, placed.run_ends_at) as ends_at,
from placed
left join linked
    on placed.incident_id = linked.incident_id
