-- Grain: one row per ticket that counts and was escalated.
with

tiers as (

    select
        history.ticket_id,
        history.changed_at,
        tiers.tier - lag(tiers.tier) over (
            partition by history.ticket_id order by history.changed_at
        ) as tiers_up,
    from {{ ref('stg_zendesk__ticket_field_history') }} as history
    inner join {{ ref('stg_zendesk__groups') }} as teams
        on history.value = teams.group_id
    inner join {{ ref('support_tiers') }} as tiers
        on teams.team = tiers.team
    cross join {{ ref('int_calendar__run') }} as run
    where
        history.field_name = 'group_id'
        and history.changed_at < {{ dbt.dateadd('day', 1, 'run.as_of') }}

),

causes as (

    select
        tiers.ticket_id,
        tiers.changed_at as escalated_at,
        tiers.tiers_up,
    from tiers
    where tiers.tiers_up > 0

    union all

    select
        commitments.ticket_id,
        commitments.due_at as escalated_at,
        null as tiers_up,
    from {{ ref('int_support__commitments') }} as commitments
    where commitments.priority = 'urgent' and not commitments.is_met

)

select
    causes.ticket_id,
    min(causes.escalated_at) as escalated_at,
    -- An urgent ticket past its target that nobody raised is off its path.
    coalesce(max(causes.tiers_up) = 1, false) as is_on_path,
from causes
inner join {{ ref('int_support__tickets') }} as tickets
    on causes.ticket_id = tickets.ticket_id and tickets.excluded_as is null
group by causes.ticket_id
