-- Grain: one row per customer, day on which something was known of it and driver that was known.
{% set lately = 90 -%}
{% set onboarded = setting('activation_window_days') -%}
with

moments as (

    select
        moments.customer_id,
        moments.known_on,
        moments.is_onboarded,
        {{ dbt.dateadd('day', -lately, 'moments.known_on') }} as lately_from,
        {{ dbt.dateadd('day', '-moments.tenure_days', 'moments.known_on') }} as began_on,
    from {{ ref('int_evidence__moments') }} as moments

),

begun as (

    select
        moments.customer_id,
        moments.known_on,
        coalesce(
            onboardings.first_value_on <= moments.known_on
            and onboardings.first_value_on
            <= {{ dbt.dateadd('day', onboarded, 'onboardings.provisioned_on') }},
            false
        ) as activation_rate,
        {{ dbt.datediff(
            'coalesce(onboardings.subscribed_on, moments.began_on)',
            'onboardings.provisioned_on',
            'day'
        ) }} as time_to_provision_days,
        case
            when {{ dbt.dateadd('day', 14, 'onboardings.first_value_on') }} <= moments.known_on
                then
                    onboardings.initial_active_user_count
                    / nullif(onboardings.initial_user_count, 0)
        end as initial_user_activation_rate,
        case
            when {{ dbt.dateadd('day', 14, 'onboardings.first_value_on') }} <= moments.known_on
                then
                    onboardings.initial_transaction_count
                    / nullif(onboardings.initial_user_count, 0)
        end as initial_transactions_per_user,
    from moments
    inner join {{ ref('fct_customer_onboarding') }} as onboardings
        on
            moments.customer_id = onboardings.customer_id
            and moments.known_on >= onboardings.provisioned_on
    where moments.is_onboarded

),

people as (

    select
        moments.customer_id,
        moments.known_on,
        count(*) filter (
            where
                users.set_up_on <= moments.known_on
                and users.profile_completed_on <= moments.known_on
        ) / nullif(count(*) filter (where users.set_up_on <= moments.known_on), 0)
            as profile_completion_rate,
    from moments
    inner join {{ ref('fct_users') }} as users
        on moments.customer_id = users.customer_id
    where moments.is_onboarded
    group by moments.customer_id, moments.known_on

),

steps as (

    select
        moments.customer_id,
        moments.known_on,
        sum(steps.on_time_count) filter (
            where steps.process = 'onboarding' and moments.is_onboarded
        ) / nullif(sum(steps.due_count) filter (
            where steps.process = 'onboarding' and moments.is_onboarded
        ), 0) as onboarding_adherence,
        sum(steps.on_time_count) filter (
            where steps.process = 'renewal_review' and steps.due_on > moments.lately_from
        ) / nullif(sum(steps.due_count) filter (
            where steps.process = 'renewal_review' and steps.due_on > moments.lately_from
        ), 0) as renewal_review_adherence,
    from moments
    inner join {{ ref('fct_process_steps') }} as steps
        on moments.customer_id = steps.customer_id and moments.known_on >= steps.due_on
    group by moments.customer_id, moments.known_on

),

milestones as (

    select
        moments.customer_id,
        moments.known_on,
        count(*) filter (where milestones.completed_on <= milestones.due_on)
        / count(*) as milestone_on_time_rate,
    from moments
    inner join {{ ref('fct_milestones') }} as milestones
        on
            moments.customer_id = milestones.customer_id
            and moments.known_on >= milestones.due_on
            and moments.lately_from < milestones.due_on
    group by moments.customer_id, moments.known_on

),

used as (

    select
        moments.customer_id,
        moments.known_on,
        usage.active_seat_count / nullif(usage.paid_seat_count, 0) as seat_utilization,
        usage.value_event_count_30d / nullif(usage.monthly_active_users, 0) as usage_depth,
        usage.daily_active_users / nullif(usage.monthly_active_users, 0) as stickiness,
        usage.use_case_count as use_cases_in_use,
        usage.monthly_active_users / nullif(usage.prior_monthly_active_users, 0)
            as active_user_growth,
        usage.transaction_count_30d / nullif(usage.transaction_count_prior_30d, 0)
            as transaction_growth,
        usage.comparable_active_users / nullif(usage.baseline_active_users, 0)
            as active_users_vs_baseline,
        usage.value_event_count_30d / nullif(usage.paid_seat_count, 0) as use_per_seat,
        usage.value_event_count_30d / nullif(usage.paid_seat_count, 0)
        / nullif(usual.use_per_seat, 0) as use_against_usual,
    from moments
    inner join {{ ref('fct_usage_snapshots') }} as usage
        on moments.customer_id = usage.customer_id and moments.known_on = usage.snapshot_on
    left join {{ ref('int_product__usual_use') }} as usual
        on moments.customer_id = usual.customer_id and moments.known_on = usual.snapshot_on

),

-- Where nobody ever wrote, failed to pay or was called, it is not known that nobody did lately.
asked as (

    select
        moments.customer_id,
        moments.known_on,
        count(tickets.ticket_id) as tickets_per_customer,
        count(tickets.ticket_id) filter (
            where
                tickets.escalated_on <= moments.known_on
                and coalesce(tickets.solved_on > moments.known_on, true)
        ) as open_escalations,
        median(tickets.resolution_business_hours) filter (
            where tickets.solved_on <= moments.known_on
        ) as resolution_business_hours,
        sum(tickets.good_rating_count) filter (where tickets.rated_on <= moments.known_on)
        / nullif(count(tickets.rated_on) filter (where tickets.rated_on <= moments.known_on), 0)
            as csat,
    from moments
    left join {{ ref('fct_tickets') }} as tickets
        on
            moments.customer_id = tickets.customer_id
            and moments.known_on >= tickets.created_on
            and moments.lately_from < tickets.created_on
    where
        moments.lately_from >= (
            select min(tickets.created_on) from {{ ref('fct_tickets') }} as tickets
        )
    group by moments.customer_id, moments.known_on

),

related as (

    select
        moments.customer_id,
        moments.known_on,
        100.0 * (relations.promoter_count - relations.detractor_count)
        / nullif(
            relations.promoter_count + relations.passive_count + relations.detractor_count, 0
        ) as nps,
    from moments
    inner join {{ ref('fct_relationship_snapshots') }} as relations
        on
            moments.customer_id = relations.customer_id
            and moments.known_on = relations.snapshot_on

),

owed as (

    select
        moments.customer_id,
        moments.known_on,
        count(payments.invoice_id) > 0 as payment_failing,
    from moments
    left join {{ ref('fct_failed_payments') }} as payments
        on
            moments.customer_id = payments.customer_id
            and moments.known_on >= payments.failed_on
            and coalesce(payments.recovered_on, cast('9999-12-31' as date)) > moments.known_on
    where
        moments.known_on >= (
            select min(payments.failed_on) from {{ ref('fct_failed_payments') }} as payments
        )
    group by moments.customer_id, moments.known_on

),

-- Tasks of no process: a call, a visit.
contacts as (

    select
        companies.customer_id,
        tasks.task_id,
        cast(tasks.completed_at as date) as completed_on,
    from {{ tasks_of_customers() }}
    where
        lower(tasks.subject) not in (
            select lower(steps.task_subject) from {{ ref('process_steps') }} as steps
        )

),

touched as (

    select
        moments.customer_id,
        moments.known_on,
        count(contacts.task_id) > 0 as success_contact,
    from moments
    left join contacts
        on
            moments.customer_id = contacts.customer_id
            and moments.known_on >= contacts.completed_on
            and moments.lately_from < contacts.completed_on
    where
        moments.lately_from >= (
            select min(contacts.completed_on) from contacts
        )
    group by moments.customer_id, moments.known_on

),

known as (

    {% for relation, names in drivers().items() -%}
    {% for name in names -%}
    select
        {{ relation }}.customer_id,
        {{ relation }}.known_on,
        '{{ name }}' as driver,
        cast({{ relation }}.{{ name }} as double) as value,
    from {{ relation }}
    where {{ relation }}.{{ name }} is not null

    {% if not loop.last %}union all

    {% endif -%}
    {% endfor -%}
    {% if not loop.last %}union all

    {% endif -%}
    {% endfor -%}

)

select known.*
from known
