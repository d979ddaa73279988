-- Grain: one row per intervention, open or not: a step of a playbook that something called for, or
-- an action that was logged without one.
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

-- What a customer is worth, and how likely one like it is to leave within half a year, in the month
-- in which it was called for: what waits keeps its place while others come.
exposures as (

    select
        steps.intervention_id,
        steps.trigger,
        steps.playbook_id,
        steps.step_number,
        economics.lifetime_value,
        1 - power(1 - 1 / {{ at_least('lifetimes.lifetime_months', 1) }}, 6) as risk,
    from {{ ref('int_interventions__steps') }} as steps
    inner join {{ ref('fct_customer_economics') }} as economics
        on
            steps.customer_id = economics.customer_id
            and {{ month_start('steps.opened_on') }} = economics.month_start
    inner join {{ ref('fct_customer_lifetimes') }} as lifetimes
        on
            economics.customer_id = lifetimes.customer_id
            and economics.month_start = lifetimes.month_start

),

valued as (

    select
        exposures.intervention_id,
        exposures.lifetime_value,
        -- Of those who gave notice it is known how many left; of others what was foretold then.
        coalesce(warnings.precision, foretold.risk_180d, exposures.risk) as risk,
        case
            when warnings.precision is not null then 'warning'
            when foretold.risk_180d is not null then 'outlook'
            when exposures.risk is not null then 'lifetime'
        end as risk_source,
        readouts.save_rate,
        readouts.save_rate_source,
    from exposures
    left join {{ ref('int_interventions__foretold') }} as foretold
        on exposures.intervention_id = foretold.intervention_id
    left join {{ ref('warning_readouts') }} as warnings
        on
            exposures.trigger = warnings.signal
            and warnings.segment = 'total'
            and warnings.verdict = 'warns'
    left join {{ ref('step_readouts') }} as readouts
        on
            exposures.playbook_id = readouts.playbook_id
            and exposures.step_number = readouts.step_number

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
        steps.escalates_to,
        -- What one step at a time is about.
        coalesce(
            'customer|' || steps.customer_id,
            'breach|' || steps.trigger_id || '|' || cast(steps.step_number as varchar)
        ) as one_at_a_time,
        steps.opened_on,
        steps.due_days,
        answers.due_on,
        answers.acknowledged_at,
        answers.closed_at,
        steps.over_on,
        steps.recovers_on,
        steps.ended_as,
        answers.outcome,
        answers.lesson,
        answers.action_ids,
        answers.open_action_ids,
        valued.lifetime_value,
        valued.risk,
        valued.risk_source,
        valued.save_rate,
        valued.save_rate_source,
        valued.lifetime_value * valued.risk as value_at_stake,
        valued.lifetime_value * valued.risk * valued.save_rate - steps.cost as expected_return,
    from {{ ref('int_interventions__steps') }} as steps
    left join answers
        on steps.intervention_id = answers.intervention_id
    left join valued
        on steps.intervention_id = valued.intervention_id

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
        null as escalates_to,
        'action|' || actions.action_id as one_at_a_time,
        cast(actions.opened_at as date) as opened_on,
        null as due_days,
        actions.due_on,
        actions.acted_at as acknowledged_at,
        actions.closed_at,
        null as over_on,
        null as recovers_on,
        null as ended_as,
        actions.outcome,
        actions.lesson,
        [actions.action_id] as action_ids,
        case when actions.closed_at is null then [actions.action_id] end as open_action_ids,
        null as lifetime_value,
        null as risk,
        null as risk_source,
        null as save_rate,
        null as save_rate_source,
        null as value_at_stake,
        null as expected_return,
    from {{ ref('int_interventions__actions') }} as actions
    where actions.intervention_id is null

)

select * from called
