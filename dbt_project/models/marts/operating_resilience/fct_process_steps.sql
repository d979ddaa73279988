-- Grain: one row per step of a process that came due for a customer.
with

-- A step is due because its process says so, whether or not anybody made a task of it.
onboarding as (

    select
        steps.process,
        steps.step,
        steps.task_subject,
        onboardings.customer_id,
        cast(onboardings.customer_id as varchar) as occasion_id,
        onboardings.provisioned_on as counted_from_on,
        onboardings.provisioned_on as may_begin_on,
        cast(
            {{ dbt.dateadd('day', 'steps.due_days', 'onboardings.provisioned_on') }} as date
        ) as due_on,
    from {{ ref('int_product__onboardings') }} as onboardings
    inner join {{ ref('process_steps') }} as steps
        on steps.counted_from = 'provisioned'
    where onboardings.provisioned_on is not null

),

-- A review is due before the end of a term, of every customer that is still there.
renewals as (

    select
        steps.process,
        steps.step,
        steps.task_subject,
        terms.customer_id,
        terms.subscription_id as occasion_id,
        terms.term_ends_on as counted_from_on,
        cast({{ dbt.dateadd('day', -120, 'terms.term_ends_on') }} as date) as may_begin_on,
        cast({{ dbt.dateadd('day', 'steps.due_days', 'terms.term_ends_on') }} as date)
            as due_on,
    from {{ ref('int_subscriptions__terms') }} as terms
    inner join {{ ref('process_steps') }} as steps
        on steps.counted_from = 'renewal'
    where
        terms.cycle_months >= 3
        and terms.service_ends_on
        > {{ dbt.dateadd('day', 'steps.due_days', 'terms.term_ends_on') }}

),

due as (

    select onboarding.* from onboarding
    union all
    select renewals.* from renewals

),

tasks as (

    select
        tasks.task_id,
        tasks.subject,
        cast(tasks.completed_at as date) as completed_on,
        teams.team_name,
        companies.customer_id,
    from {{ tasks_of_customers() }}
    left join {{ ref('stg_hubspot__teams') }} as teams
        on tasks.team_id = teams.team_id

),

-- The earliest completion that can be meant; else the task that is still open.
done as (

    select
        due.process,
        due.step,
        due.occasion_id,
        due.counted_from_on,
        min(tasks.completed_on) as done_on,
        min_by(
            tasks.team_name,
            (coalesce(tasks.completed_on, cast('9999-12-31' as date)), tasks.team_name)
        ) as team_name,
    from due
    inner join tasks
        on
            due.customer_id = tasks.customer_id
            and lower(due.task_subject) = lower(tasks.subject)
            and coalesce(tasks.completed_on, due.due_on) >= due.may_begin_on
            and coalesce(tasks.completed_on, due.due_on)
            <= {{ dbt.dateadd('day', 120, 'due.due_on') }}
    group by due.process, due.step, due.occasion_id, due.counted_from_on

),

followed_up as (

    select
        due.process,
        due.step,
        due.occasion_id,
        due.customer_id,
        due.due_on,
        done.done_on,
        cast(1 as integer) as due_count,
        cast(case when done.done_on <= due.due_on then 1 else 0 end as integer)
            as on_time_count,
        cast(case when due.process = 'onboarding' then 1 else 0 end as integer)
            as onboarding_due_count,
        cast(
            case
                when due.process = 'onboarding' and done.done_on <= due.due_on then 1
                else 0
            end as integer
        ) as onboarding_on_time_count,
        cast(case when due.process = 'renewal_review' then 1 else 0 end as integer)
            as review_due_count,
        cast(
            case
                when due.process = 'renewal_review' and done.done_on <= due.due_on then 1
                else 0
            end as integer
        ) as review_on_time_count,
        coalesce(done.team_name, 'unknown') as team,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from due
    inner join {{ ref('dim_customers') }} as customers
        on due.customer_id = customers.customer_id
    left join done
        on
            due.process = done.process
            and due.step = done.step
            and due.occasion_id = done.occasion_id
            and due.counted_from_on = done.counted_from_on
    where due.due_on <= {{ as_of() }}

),

-- Raising a ticket tier by tier is a process too; its step is due when it is escalated.
escalations as (

    select
        'escalation' as process,
        'path' as step,
        tickets.ticket_id as occasion_id,
        tickets.customer_id,
        tickets.escalated_on as due_on,
        case when tickets.escalated_on_path_count = 1 then tickets.escalated_on end as done_on,
        cast(1 as integer) as due_count,
        tickets.escalated_on_path_count as on_time_count,
        cast(0 as integer) as onboarding_due_count,
        cast(0 as integer) as onboarding_on_time_count,
        cast(0 as integer) as review_due_count,
        cast(0 as integer) as review_on_time_count,
        tickets.team,
        tickets.segment,
        tickets.plan,
        tickets.region,
        tickets.channel,
    from {{ ref('fct_tickets') }} as tickets
    where tickets.escalated_count = 1 and tickets.escalated_on <= {{ as_of() }}

),

fct_process_steps as (

    select followed_up.* from followed_up
    union all
    select escalations.* from escalations

)

select * from fct_process_steps
