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
        -- Of those who gave notice it is known how many left.
        coalesce(readouts.precision, exposures.risk) as risk,
        exposures.lifetime_value * coalesce(readouts.precision, exposures.risk) as value_at_stake,
        exposures.lifetime_value * coalesce(readouts.precision, exposures.risk) * steps.save_rate
        - steps.cost as expected_return,
    from {{ ref('int_interventions__steps') }} as steps
    left join {{ ref('warning_readouts') }} as readouts
        on
            steps.trigger = readouts.signal
            and readouts.segment = 'total'
            and readouts.verdict = 'warns'
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

-- Thanks and a friendly word come in time or not at all; what is wrong waits for whoever is late.
dated_out as (

    select
        called.*,
        case
            when
                called.trigger in ('promoter', 'passive')
                and called.acknowledged_at is null
                and called.closed_at is null
                then {{ dbt.dateadd('day', var('courtesy_expires_days'), 'called.due_on') }}
        end as expires_on,
    from called

),

ended as (

    select
        dated_out.* exclude (dated_out.expires_on) replace (
            cast(
                case
                    when dated_out.expires_on < coalesce(dated_out.over_on, run.as_of)
                        then dated_out.expires_on
                    else dated_out.over_on
                end as date
            ) as over_on,
            case
                when dated_out.expires_on < coalesce(dated_out.over_on, run.as_of) then 'expired'
                else dated_out.ended_as
            end as ended_as
        ),
        run.as_of,
    from dated_out
    cross join {{ ref('int_calendar__run') }} as run

),

interventions as (

    select
        ended.intervention_id,
        ended.trigger_type,
        ended.trigger_id,
        ended.trigger,
        ended.metric_id,
        ended.dimension,
        ended.dimension_value,
        ended.customer_id,
        ended.severity,
        ended.playbook_id,
        ended.playbook,
        cast(ended.step_number as integer) as step_number,
        ended.step,
        ended.what,
        ended.channel,
        ended.owner_role,
        ended.opened_on,
        ended.due_on,
        case
            when ended.closed_at is not null then 'handled'
            when ended.over_on is not null then ended.ended_as
            when ended.due_on < ended.as_of then 'overdue'
            when ended.acknowledged_at is not null then 'acknowledged'
            else 'open'
        end as state,
        ended.acknowledged_at,
        ended.closed_at,
        {{ first_known(['cast(ended.closed_at as date)', 'ended.over_on']) }} as ended_on,
        ended.closed_at is null and ended.over_on is null as is_open,
        ended.outcome,
        ended.lesson,
        coalesce(ended.action_ids, []) as action_ids,
        coalesce(ended.open_action_ids, []) as open_action_ids,
        cast(ended.lifetime_value as double) as lifetime_value,
        cast(ended.risk as double) as risk,
        cast(ended.value_at_stake as double) as value_at_stake,
        cast(ended.expected_return as double) as expected_return,
    from ended

)

select * from interventions
