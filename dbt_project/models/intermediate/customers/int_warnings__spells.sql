-- Grain: one row per customer, warning sign and day on which a spell of it began.
with

numbered as (

    {{ episodes(ref('int_warnings__snapshots'), ['customer_id', 'signal'], 'snapshot_on') }}

),

measured as (

    select
        numbered.customer_id,
        numbered.signal,
        min(numbered.snapshot_on) as began_on,
        min(numbered.snapshot_on) filter (where not numbered.is_in_episode) as ended_on,
        min_by(numbered.value, numbered.snapshot_on) as value,
        min_by(numbered.baseline, numbered.snapshot_on) as baseline,
    from numbered
    where numbered.episode_number > 0
    group by numbered.customer_id, numbered.signal, numbered.episode_number

),

told as (

    select
        notices.customer_id,
        'notice_given' as signal,
        notices.began_on,
        notices.ended_on,
    from {{ ref('int_subscriptions__notices') }} as notices

    union all

    select
        payments.customer_id,
        'payment_failing' as signal,
        payments.failed_on as began_on,
        payments.recovered_on as ended_on,
    from {{ ref('fct_failed_payments') }} as payments

    union all

    select
        onboardings.customer_id,
        'no_first_value' as signal,
        cast({{ dbt.dateadd('day', 30, 'onboardings.subscribed_on') }} as date) as began_on,
        onboardings.first_value_on as ended_on,
    from {{ ref('fct_customer_onboarding') }} as onboardings
    where
        coalesce(onboardings.first_value_on, cast('9999-12-31' as date))
        > {{ dbt.dateadd('day', 30, 'onboardings.subscribed_on') }}

    union all

    select
        milestones.customer_id,
        'milestone_missed' as signal,
        cast({{ dbt.dateadd('day', 1, 'milestones.due_on') }} as date) as began_on,
        milestones.completed_on as ended_on,
    from {{ ref('fct_milestones') }} as milestones
    where
        coalesce(milestones.completed_on, cast('9999-12-31' as date)) > milestones.due_on

    union all

    select
        tickets.customer_id,
        'escalation_open' as signal,
        tickets.escalated_on as began_on,
        tickets.solved_on as ended_on,
    from {{ ref('fct_tickets') }} as tickets
    where tickets.escalated_on is not null

    union all

    select
        renewals.customer_id,
        'renewal_unreviewed' as signal,
        renewals.began_on,
        renewals.ended_on,
    from {{ ref('int_warnings__renewals') }} as renewals

),

begun as (

    select told.*
    from told
    cross join {{ ref('int_calendar__run') }} as run
    where
        told.customer_id is not null
        and told.began_on <= run.as_of
        and coalesce(told.ended_on, cast('9999-12-31' as date)) >= told.began_on

),

merged as (

    {{ merge_spells('begun', ['customer_id', 'signal']) }}

),

spells as (

    select
        measured.customer_id,
        measured.signal,
        measured.began_on,
        measured.ended_on,
        measured.value,
        measured.baseline,
    from measured

    union all

    select
        merged.customer_id,
        merged.signal,
        merged.began_on,
        merged.ended_on,
        null as value,
        null as baseline,
    from merged

),

-- The last day on which it paid, of each time that it paid.
lives as (

    select
        movements.customer_id,
        movements.occurred_on as paid_from,
        lead(movements.occurred_on) over (
            partition by movements.customer_id order by movements.occurred_on
        ) as left_on,
        movements.movement_type,
    from {{ ref('fct_mrr_movements') }} as movements
    where movements.movement_type in ('new', 'reactivation', 'churn')

)

select
    spells.customer_id,
    spells.signal,
    spells.began_on,
    case
        when spells.ended_on <= coalesce(lives.left_on, spells.ended_on)
            then case when spells.ended_on <= run.as_of then spells.ended_on end
        else lives.left_on
    end as ended_on,
    spells.value,
    spells.baseline,
from spells
cross join {{ ref('int_calendar__run') }} as run
inner join lives
    on
        spells.customer_id = lives.customer_id
        and lives.movement_type in ('new', 'reactivation')
        and spells.began_on >= lives.paid_from
        and coalesce(spells.began_on < lives.left_on, true)
qualify row_number() over (
    partition by spells.customer_id, spells.signal, spells.began_on order by lives.paid_from desc
) = 1
