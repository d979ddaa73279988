-- Grain: one row per ticket and spell in which it was open.
with

run_end as (

    select {{ dbt.dateadd('day', 1, 'run.as_of') }} as ends_at,
    from {{ ref('int_calendar__run') }} as run

),

changes as (

    select
        history.ticket_id,
        history.changed_at,
        history.value as status,
    from {{ ref('stg_zendesk__ticket_field_history') }} as history
    cross join run_end
    where
        history.field_name = 'status'
        and history.value != ''
        and history.changed_at < run_end.ends_at

),

observed as (

    -- A ticket is open when it is created, whatever its history begins with.
    select
        tickets.ticket_id,
        tickets.created_at as observed_at,
        0 as position,
        false as is_solved,
    from {{ ref('stg_zendesk__tickets') }} as tickets
    cross join run_end
    where tickets.created_at < run_end.ends_at

    union all

    select
        changes.ticket_id,
        greatest(changes.changed_at, tickets.created_at) as observed_at,
        1 as position,
        changes.status in ('solved', 'closed', 'deleted') as is_solved,
    from changes
    inner join {{ ref('stg_zendesk__tickets') }} as tickets
        on changes.ticket_id = tickets.ticket_id
    cross join run_end
    where tickets.created_at < run_end.ends_at

    union all

    -- Without any history the ticket itself says how it stands.
    select
        tickets.ticket_id,
        greatest(tickets.updated_at, tickets.created_at) as observed_at,
        1 as position,
        true as is_solved,
    from {{ ref('stg_zendesk__tickets') }} as tickets
    anti join changes
        on tickets.ticket_id = changes.ticket_id
    cross join run_end
    where
        tickets.status in ('solved', 'closed', 'deleted')
        and tickets.created_at < run_end.ends_at
        and tickets.updated_at < run_end.ends_at

),

turns as (

    select observed.*
    from observed
    qualify observed.is_solved is distinct from lag(observed.is_solved) over (
        partition by observed.ticket_id
        order by observed.observed_at, observed.position, observed.is_solved
    )

),

spells as (

    select
        turns.ticket_id,
        turns.observed_at as opened_at,
        lead(turns.observed_at) over (
            partition by turns.ticket_id
            order by turns.observed_at, turns.position, turns.is_solved
        ) as solved_at,
        turns.is_solved,
    from turns

)

select
    spells.ticket_id,
    row_number() over (
        partition by spells.ticket_id order by spells.opened_at, spells.solved_at nulls last
    ) as spell_number,
    spells.opened_at,
    spells.solved_at,
from spells
where not spells.is_solved
