-- Grain: one row per intervention: a step of a playbook that something called for, or an
-- action that was logged without one.
with

-- Who names the step decides; that another one is meant is told by metric and time alone.
logged as (

    select actions.*,
    from {{ ref('int_interventions__actions') }} as actions
    where actions.intervention_id is not null
    qualify
        actions.is_named
        or not bool_or(actions.is_named) over (partition by actions.intervention_id)

),

answers as (

    select
        logged.intervention_id,
        list(logged.action_id order by logged.action_id) as action_ids,
        min(logged.acted_at) as acknowledged_at,
        list(logged.action_id order by logged.action_id)
        filter (where logged.closed_at is null) as open_action_ids,
        coalesce(
            max(logged.due_on) filter (where logged.closed_at is null), max(logged.due_on)
        ) as due_on,
        -- Handled when nothing that was logged for it is left open.
        case when count(logged.closed_at) = count(*) then max(logged.closed_at) end
            as closed_at,
        max_by(logged.outcome, (logged.opened_at, logged.action_id)) as outcome,
        max_by(logged.lesson, (logged.opened_at, logged.action_id)) as lesson,
        max_by(logged.owner_role, (logged.opened_at, logged.action_id))
        filter (where logged.is_named and logged.owner_role not in ('unknown', 'other'))
            as owner_role,
    from logged
    group by logged.intervention_id

),

-- What a customer is worth, and how likely it is to leave within a year: now where the
-- intervention is on, else when it was opened.
dated as (

    select
        steps.intervention_id,
        steps.customer_id,
        {{ month_start(
            'case when steps.over_on is null then run.as_of else steps.opened_on end'
        ) }} as month_start,
    from {{ ref('int_interventions__steps') }} as steps
    cross join {{ ref('int_calendar__run') }} as run
    where steps.customer_id is not null

),

exposures as (

    select
        dated.intervention_id,
        economics.lifetime_value,
        1 - power(1 - 1 / {{ at_least('lifetimes.lifetime_months', 1) }}, 12) as risk,
    from dated
    inner join {{ ref('fct_customer_economics') }} as economics
        on
            dated.customer_id = economics.customer_id
            and dated.month_start = economics.month_start
    inner join {{ ref('fct_customer_lifetimes') }} as lifetimes
        on
            economics.customer_id = lifetimes.customer_id
            and economics.month_start = lifetimes.month_start

),

called as (

    select
        steps.intervention_id,
        steps.trigger_type,
        steps.trigger_id,
        steps.trigger,
        steps.metric_id,
        steps.dimension,
        steps.dimension_value,
        steps.customer_id,
        steps.severity,
        steps.playbook_id,
        steps.playbook,
        steps.step_number,
        steps.step,
        steps.what,
        steps.channel,
        coalesce(answers.owner_role, steps.owner_role) as owner_role,
        steps.opened_on,
        coalesce(answers.due_on, steps.due_on) as due_on,
        answers.acknowledged_at,
        answers.closed_at,
        steps.over_on,
        steps.ended_as,
        answers.outcome,
        answers.lesson,
        answers.action_ids,
        answers.open_action_ids,
        exposures.lifetime_value,
        exposures.risk,
        exposures.lifetime_value * exposures.risk as value_at_stake,
        exposures.lifetime_value * exposures.risk * steps.save_rate - steps.cost as expected_return,
    from {{ ref('int_interventions__steps') }} as steps
    left join answers
        on steps.intervention_id = answers.intervention_id
    left join exposures
        on steps.intervention_id = exposures.intervention_id

    union all

    select
        {{ dbt.hash(dbt.concat(["'action|'", 'actions.action_id'])) }} as intervention_id,
        'logged' as trigger_type,
        null as trigger_id,
        null as trigger,
        actions.metric_id,
        case when actions.customer_id is null then 'total' else 'customer' end as dimension,
        coalesce(actions.customer_id, 'total') as dimension_value,
        actions.customer_id,
        null as severity,
        null as playbook_id,
        null as playbook,
        1 as step_number,
        'Logged by its owner' as step,
        null as what,
        null as channel,
        actions.owner_role,
        cast(actions.opened_at as date) as opened_on,
        actions.due_on,
        actions.acted_at as acknowledged_at,
        actions.closed_at,
        null as over_on,
        null as ended_as,
        actions.outcome,
        actions.lesson,
        [actions.action_id] as action_ids,
        case when actions.closed_at is null then [actions.action_id] end as open_action_ids,
        null as lifetime_value,
        null as risk,
        null as value_at_stake,
        null as expected_return,
    from {{ ref('int_interventions__actions') }} as actions
    where actions.intervention_id is null

),

interventions as (

    select
        called.intervention_id,
        called.trigger_type,
        called.trigger_id,
        called.trigger,
        called.metric_id,
        called.dimension,
        called.dimension_value,
        called.customer_id,
        called.severity,
        called.playbook_id,
        called.playbook,
        cast(called.step_number as integer) as step_number,
        called.step,
        called.what,
        called.channel,
        called.owner_role,
        called.opened_on,
        called.due_on,
        case
            when called.closed_at is not null then 'handled'
            when called.over_on is not null then called.ended_as
            when called.due_on < run.as_of then 'overdue'
            when called.acknowledged_at is not null then 'acknowledged'
            else 'open'
        end as state,
        called.acknowledged_at,
        called.closed_at,
        {{ first_known(['cast(called.closed_at as date)', 'called.over_on']) }} as ended_on,
        called.closed_at is null and called.over_on is null as is_open,
        called.outcome,
        called.lesson,
        coalesce(called.action_ids, []) as action_ids,
        coalesce(called.open_action_ids, []) as open_action_ids,
        cast(called.lifetime_value as double) as lifetime_value,
        cast(called.risk as double) as risk,
        cast(called.value_at_stake as double) as value_at_stake,
        cast(called.expected_return as double) as expected_return,
    from called
    cross join {{ ref('int_calendar__run') }} as run

)

select * from interventions
