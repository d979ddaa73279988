-- Grain: one row per intervention: a step of a playbook that something called for, or an
-- action that was logged without one.
with

-- An owner other than the first one of its own is who it was passed on to.
times as (

    select
        spells.intervention_id,
        min(spells.began_on) filter (where spells.standing = 'open') as admitted_on,
        min(spells.began_on) filter (
            where valued.owner_role != spells.owner_role
        ) as escalated_on,
    from {{ ref('int_interventions__spells') }} as spells
    inner join {{ ref('int_interventions__valued') }} as valued
        on spells.intervention_id = valued.intervention_id
    group by spells.intervention_id

),

newest as (

    select spells.*
    from {{ ref('int_interventions__spells') }} as spells
    qualify
        row_number() over (
            partition by spells.intervention_id order by spells.spell_number desc
        ) = 1

),

-- All that stands against an account, told on the step that leads.
account_reasons as (

    select
        valued.customer_id,
        list(distinct valued.trigger order by valued.trigger) as reasons,
    from newest
    inner join {{ ref('int_interventions__valued') }} as valued
        on newest.intervention_id = valued.intervention_id
    where
        newest.ended_as is null
        and valued.trigger is not null
        and valued.customer_id is not null
    group by valued.customer_id

),

interventions as (

    select
        valued.intervention_id,
        valued.trigger_type,
        valued.trigger_id,
        valued.trigger,
        valued.metric_id,
        valued.dimension,
        valued.dimension_value,
        valued.customer_id,
        valued.severity,
        valued.playbook_id,
        valued.playbook,
        cast(valued.step_number as integer) as step_number,
        valued.step,
        valued.what,
        valued.channel,
        newest.owner_role,
        case
            when newest.owner_role in ('account_manager', 'customer_success_manager')
                then customers.account_owner
        end as account_owner,
        valued.opened_on,
        times.admitted_on,
        times.escalated_on,
        coalesce(newest.due_on, valued.due_on) as due_on,
        case
            when newest.ended_as is not null then newest.ended_as
            when newest.standing != 'open' then newest.standing
            when coalesce(newest.due_on, valued.due_on) < run.as_of then 'overdue'
            when valued.acknowledged_at is not null then 'acknowledged'
            else 'open'
        end as state,
        valued.acknowledged_at,
        valued.closed_at,
        newest.ended_on,
        newest.ended_as is null and newest.standing = 'open' as is_open,
        newest.led_by,
        case
            when newest.ended_as is not null or valued.trigger is null then []
            else coalesce(account_reasons.reasons, [valued.trigger])
        end as reasons,
        valued.outcome,
        valued.lesson,
        coalesce(valued.action_ids, []) as action_ids,
        coalesce(valued.open_action_ids, []) as open_action_ids,
        cast(valued.lifetime_value as double) as lifetime_value,
        cast(valued.risk as double) as risk,
        valued.risk_source,
        cast(valued.save_rate as double) as save_rate,
        valued.save_rate_source,
        cast(valued.value_at_stake as double) as value_at_stake,
        cast(valued.expected_return as double) as expected_return,
    from {{ ref('int_interventions__valued') }} as valued
    inner join newest
        on valued.intervention_id = newest.intervention_id
    inner join times
        on valued.intervention_id = times.intervention_id
    left join account_reasons
        on valued.customer_id = account_reasons.customer_id
    left join {{ ref('dim_customers') }} as customers
        on valued.customer_id = customers.customer_id
    cross join {{ ref('int_calendar__run') }} as run

)

select * from interventions
