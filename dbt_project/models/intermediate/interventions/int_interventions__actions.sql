-- Grain: one row per action of the action log by the run's day, with the intervention that it
-- carries out, where there is one.
with

actions as (

    select
        actions.action_id,
        actions.metric_id,
        actions.breach_id,
        actions.intervention_id,
        actions.customer_id,
        actions.opened_at,
        case when cast(actions.acted_at as date) <= run.as_of then actions.acted_at end
            as acted_at,
        actions.due_on,
        case when cast(actions.closed_at as date) <= run.as_of then actions.closed_at end
            as closed_at,
        actions.owner_role,
        actions.outcome,
        actions.lesson,
        run.as_of,
    from {{ ref('stg_governance__actions') }} as actions
    cross join {{ ref('int_calendar__run') }} as run
    where cast(actions.opened_at as date) <= run.as_of

),

-- By the intervention that it names, else by the breach or flag, else by metric and time, and
-- by its customer where it is for one.
candidates as (

    select
        actions.action_id,
        actions.owner_role as action_owner_role,
        steps.seen_from <= cast(actions.opened_at as date) as is_seen,
        steps.*,
    from actions
    inner join {{ ref('int_interventions__steps') }} as steps
        on actions.intervention_id = steps.intervention_id

    union all

    select
        actions.action_id,
        actions.owner_role as action_owner_role,
        steps.seen_from <= cast(actions.opened_at as date) as is_seen,
        steps.*,
    from actions
    inner join {{ ref('int_interventions__steps') }} as steps
        on actions.breach_id = steps.trigger_id
    where actions.intervention_id is null

    union all

    -- Of a customer, or of nobody in particular: two joins, because one on either compares each
    -- action with all that was ever called for by its metric.
    {% for condition in [
        'actions.customer_id = steps.customer_id',
        "actions.customer_id is null and steps.trigger_type = 'breach'",
    ] -%}
    select
        actions.action_id,
        actions.owner_role as action_owner_role,
        steps.seen_from <= cast(actions.opened_at as date) as is_seen,
        steps.*,
    from actions
    inner join {{ ref('int_interventions__steps') }} as steps
        on
            actions.metric_id = steps.metric_id
            and {{ condition }}
            and cast(actions.opened_at as date)
            between steps.seen_from and coalesce(steps.over_on, actions.as_of)
    where actions.intervention_id is null and actions.breach_id is null
    {%- if not loop.last %}

    union all

    {% endif -%}
    {% endfor %}

),

-- What opened last of what could be seen; of its steps the one of the action's owner, else the
-- first.
answered as (

    select
        candidates.action_id,
        candidates.intervention_id,
    from candidates
    qualify
        row_number() over (
            partition by candidates.action_id
            order by
                candidates.is_seen desc,
                candidates.opened_on desc,
                candidates.trigger_id asc,
                candidates.owner_role = candidates.action_owner_role desc,
                candidates.step_number asc,
                candidates.intervention_id asc
        ) = 1

)

select
    actions.action_id,
    answered.intervention_id,
    actions.intervention_id is not null as is_named,
    actions.metric_id,
    actions.customer_id,
    actions.opened_at,
    actions.acted_at,
    actions.due_on,
    actions.closed_at,
    actions.owner_role,
    actions.outcome,
    actions.lesson,
from actions
left join answered
    on actions.action_id = answered.action_id
