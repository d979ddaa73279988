-- Grain: one row per ticket that counts and target that its policy sets for it.
with

policies as (

    select
        applied.ticket_id,
        arg_max(applied.sla_policy_id, (applied.applied_at, applied.sla_policy_id))
            as sla_policy_id,
        max(applied.applied_at) as applied_at,
    from {{ ref('stg_zendesk__ticket_sla_policies') }} as applied
    cross join {{ ref('int_calendar__run') }} as run
    where applied.applied_at < {{ dbt.dateadd('day', 1, 'run.as_of') }}
    group by applied.ticket_id

),

-- The version in force when the policy was applied, else the first that is known.
promised as (

    select
        tickets.ticket_id,
        tickets.customer_id,
        tickets.team,
        tickets.priority,
        tickets.schedule_id,
        tickets.created_at,
        tickets.created_open_seconds,
        case targets.sla_metric
            when 'first_reply_time' then 'first_reply'
            when 'total_resolution_time' then 'resolution'
        end as target_kind,
        targets.target_seconds,
        targets.is_in_business_hours,
        case targets.sla_metric
            when 'first_reply_time' then tickets.first_replied_at
            else tickets.solved_at
        end as kept_at,
    from {{ ref('int_support__tickets') }} as tickets
    inner join policies
        on tickets.ticket_id = policies.ticket_id
    inner join {{ ref('stg_zendesk__sla_policy_targets') }} as targets
        on
            policies.sla_policy_id = targets.sla_policy_id
            and tickets.priority = targets.priority
            and targets.sla_metric in ('first_reply_time', 'total_resolution_time')
    where tickets.excluded_as is null and targets.target_seconds is not null
    qualify row_number() over (
        partition by tickets.ticket_id, targets.sla_metric
        order by
            case when targets.valid_from_at <= policies.applied_at then targets.valid_from_at end
            desc nulls last,
            targets.valid_from_at asc
    ) = 1

),

-- Where the target ends at closing time the next opening is in time too.
due as (

    select
        promised.*,
        case
            when not promised.is_in_business_hours
                then promised.created_at + to_seconds(promised.target_seconds)
            -- Beyond the last stretch: not due for days.
            when
                promised.created_open_seconds + promised.target_seconds
                <= hours.seconds_before
                + {{ dbt.datediff('hours.opens_at', 'hours.closes_at', 'second') }}
                then
                    hours.opens_at + to_seconds(
                        promised.created_open_seconds
                        + promised.target_seconds
                        - cast(hours.seconds_before as bigint)
                    )
        end as due_at,
    from promised
    asof left join {{ ref('int_support__open_hours') }} as hours
        on
            promised.schedule_id = hours.schedule_id
            and promised.created_open_seconds + promised.target_seconds >= hours.seconds_before

)

select
    due.ticket_id,
    due.target_kind,
    due.customer_id,
    due.team,
    due.priority,
    due.created_at,
    due.due_at,
    due.kept_at,
    coalesce(due.kept_at <= due.due_at, false) as is_met,
from due
cross join {{ ref('int_calendar__run') }} as run
where due.due_at < {{ dbt.dateadd('day', 1, 'run.as_of') }}
