-- Grain: one row per action of the action log by the run's day, with the intervention that it
-- carries out, where there is one.
with

actions as (

    select
        actions.action_id,
        actions.metric_id,
        actions.breach_id,
        actions.intervention_id,
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

-- By the intervention that it names, else by the breach or flag, else by metric and time: the
-- latest breach of the metric that was on when the action was opened. Of its steps the one of
-- the action's owner, else the first.
candidates as (

    select
        actions.action_id,
        steps.intervention_id,
        row_number() over (
            partition by actions.action_id
            order by
                steps.opened_on desc,
                steps.owner_role = actions.owner_role desc,
                steps.step_number asc,
                steps.intervention_id asc
        ) as best_first,
    from actions
    inner join {{ ref('int_interventions__steps') }} as steps
        on
            steps.intervention_id = actions.intervention_id
            or (
                actions.intervention_id is null
                and steps.trigger_id = actions.breach_id
            )
            or (
                actions.intervention_id is null
                and actions.breach_id is null
                and steps.trigger_type = 'breach'
                and steps.metric_id = actions.metric_id
                and cast(actions.opened_at as date)
                between steps.seen_from and coalesce(steps.over_on, actions.as_of)
            )

)

select
    actions.action_id,
    candidates.intervention_id,
    actions.metric_id,
    actions.opened_at,
    actions.acted_at,
    actions.due_on,
    actions.closed_at,
    actions.owner_role,
    actions.outcome,
    actions.lesson,
from actions
left join candidates
    on actions.action_id = candidates.action_id and candidates.best_first = 1
