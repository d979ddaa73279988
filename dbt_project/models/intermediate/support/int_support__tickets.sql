-- Grain: one row per ticket created by the run's day, those that do not count included.
with

run_end as (

    select {{ dbt.dateadd('day', 1, 'run.as_of') }} as ends_at,
    from {{ ref('int_calendar__run') }} as run

),

merged as (

    select distinct unnest(tickets.merged_ticket_ids) as ticket_id,
    from {{ ref('stg_zendesk__tickets') }} as tickets

),

spells as (

    select
        spells.ticket_id,
        min(spells.solved_at) as first_solved_at,
        arg_max(spells.solved_at, spells.spell_number)
        filter (where spells.solved_at is not null) as last_ended_at,
        bool_or(spells.solved_at is null) as is_open,
        count(*) - 1 as reopen_count,
    from {{ ref('int_support__ticket_spells') }} as spells
    group by spells.ticket_id

),

histories as (

    select distinct history.ticket_id,
    from {{ ref('stg_zendesk__ticket_field_history') }} as history
    where history.field_name = 'status' and history.value != ''

),

-- The first public comment of an agent; somebody unknown who does not ask is one.
replies as (

    select
        comments.ticket_id,
        min(comments.created_at) as first_replied_at,
    from {{ ref('stg_zendesk__ticket_comments') }} as comments
    inner join {{ ref('stg_zendesk__tickets') }} as tickets
        on comments.ticket_id = tickets.ticket_id
    left join {{ ref('stg_zendesk__users') }} as users
        on comments.user_id = users.user_id
    cross join run_end
    where
        comments.is_public
        and comments.created_at > tickets.created_at
        and comments.created_at < run_end.ends_at
        and case
            when users.role is null then comments.user_id != tickets.requester_id
            else users.role in ('agent', 'admin')
        end
    group by comments.ticket_id

),

ratings as (

    select
        history.ticket_id,
        arg_max(history.value, (history.changed_at, history.value)) as rating,
        max(history.changed_at) as rated_at,
    from {{ ref('stg_zendesk__ticket_field_history') }} as history
    cross join run_end
    where
        history.field_name = 'satisfaction_score'
        and history.changed_at < run_end.ends_at
    group by history.ticket_id

),

schedules as (

    select
        applied.ticket_id,
        arg_max(applied.schedule_id, (applied.applied_at, applied.schedule_id)) as schedule_id,
    from {{ ref('stg_zendesk__ticket_schedules') }} as applied
    cross join run_end
    where
        applied.applied_at < run_end.ends_at
        and applied.schedule_id in (
            select hours.schedule_id,
            from {{ ref('int_support__open_hours') }} as hours
        )
    group by applied.ticket_id

),

-- Where only one schedule is used the vendor delivers no `ticket_schedule`: it is every
-- ticket's.
only_schedule as (

    select min(schedules.schedule_id) as schedule_id,
    from {{ ref('stg_zendesk__schedules') }} as schedules
    having count(distinct schedules.schedule_id) = 1

),

joined as (

    select
        tickets.ticket_id,
        tickets.created_at,
        coalesce(tickets.organization_id, users.organization_id) as organization_id,
        coalesce(teams.team, 'unknown') as team,
        tickets.priority,
        coalesce(schedules.schedule_id, only_schedule.schedule_id, 'default') as schedule_id,
        replies.first_replied_at,
        spells.first_solved_at,
        case when not spells.is_open then spells.last_ended_at end as solved_at,
        -- Whether it was reopened stands in its history alone.
        case
            when histories.ticket_id is not null or spells.reopen_count > 0
                then spells.reopen_count
        end as reopen_count,
        case
            when ratings.rating like 'good%' then 'good'
            when ratings.rating like 'bad%' then 'bad'
        end as rating,
        ratings.rated_at,
        case
            when tickets.is_deleted then 'deleted'
            when merged.ticket_id is not null then 'merged'
        end as excluded_as,
        tickets._file,
        tickets._file_row,
    from {{ ref('stg_zendesk__tickets') }} as tickets
    cross join run_end
    inner join spells
        on tickets.ticket_id = spells.ticket_id
    left join histories
        on tickets.ticket_id = histories.ticket_id
    left join merged
        on tickets.ticket_id = merged.ticket_id
    left join {{ ref('stg_zendesk__users') }} as users
        on tickets.requester_id = users.user_id
    left join {{ ref('stg_zendesk__groups') }} as teams
        on tickets.group_id = teams.group_id
    left join replies
        on tickets.ticket_id = replies.ticket_id
    left join ratings
        on tickets.ticket_id = ratings.ticket_id
    left join schedules
        on tickets.ticket_id = schedules.ticket_id
    left join only_schedule
        on true

),

moments as (

    select
        joined.ticket_id,
        joined.schedule_id,
        'created' as kind,
        joined.created_at as moment,
    from joined
    where joined.created_at is not null

    union all

    select
        joined.ticket_id,
        joined.schedule_id,
        'replied' as kind,
        joined.first_replied_at as moment,
    from joined
    where joined.first_replied_at is not null

    union all

    select
        joined.ticket_id,
        joined.schedule_id,
        'solved' as kind,
        joined.solved_at as moment,
    from joined
    where joined.solved_at is not null

),

-- Open seconds of the schedule up to a moment: all stretches before, and part of the last.
clocked as (

    select
        moments.ticket_id,
        moments.kind,
        coalesce(
            hours.seconds_before
            + least(
                {{ dbt.datediff('hours.opens_at', 'moments.moment', 'second') }},
                {{ dbt.datediff('hours.opens_at', 'hours.closes_at', 'second') }}
            ),
            0
        ) as open_seconds,
    from moments
    asof left join {{ ref('int_support__open_hours') }} as hours
        on
            moments.schedule_id = hours.schedule_id
            and moments.moment >= hours.opens_at

),

clocks as (

    select
        clocked.ticket_id,
        max(case when clocked.kind = 'created' then clocked.open_seconds end)
            as created_open_seconds,
        max(case when clocked.kind = 'replied' then clocked.open_seconds end)
            as replied_open_seconds,
        max(case when clocked.kind = 'solved' then clocked.open_seconds end)
            as solved_open_seconds,
    from clocked
    group by clocked.ticket_id

)

select
    joined.* exclude (excluded_as),
    identities.customer_id,
    case
        when joined.excluded_as is not null then joined.excluded_as
        when organizations.is_test then 'test'
    end as excluded_as,
    clocks.created_open_seconds,
    clocks.replied_open_seconds - clocks.created_open_seconds as reply_open_seconds,
    clocks.solved_open_seconds - clocks.created_open_seconds as resolution_open_seconds,
from joined
inner join clocks
    on joined.ticket_id = clocks.ticket_id
left join {{ ref('stg_zendesk__organizations') }} as organizations
    on joined.organization_id = organizations.organization_id
left join {{ ref('int_customers__identities') }} as identities
    on
        identities.system = 'zendesk.organization'
        and joined.organization_id = identities.record_id
