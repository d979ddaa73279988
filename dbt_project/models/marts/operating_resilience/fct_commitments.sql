-- Grain: one row per customer, kind of commitment and day on which commitments came due.
with

-- Tickets: a reply and a resolution within the time that the policy promises.
answers as (

    select
        commitments.customer_id,
        commitments.target_kind as kind,
        commitments.due_on,
        sum(commitments.due_count) as due_count,
        sum(commitments.met_count) as met_count,
    from {{ ref('fct_support_commitments') }} as commitments
    group by commitments.customer_id, commitments.target_kind, commitments.due_on

),

deliveries as (

    select
        milestones.customer_id,
        'delivery' as kind,
        milestones.due_on,
        sum(milestones.milestone_count) as due_count,
        sum(milestones.met_count) as met_count,
    from {{ ref('fct_milestones') }} as milestones
    where milestones.due_on is not null
    group by milestones.customer_id, milestones.due_on

),

-- A customer uses all services, so a month is as available as the worst of them.
service_months as (

    select
        months.month_start,
        months.period_end_on,
        services.service,
        1 - sum(services.outage_minutes) / sum(services.watched_minutes) as availability,
    from {{ ref('int_calendar__months') }} as months
    inner join {{ ref('fct_service_days') }} as services
        on services.occurred_on between months.month_start and months.period_end_on
    where months.is_complete
    group by months.month_start, months.period_end_on, services.service
    having sum(services.watched_minutes) > 0

),

available_months as (

    select
        service_months.month_start,
        service_months.period_end_on,
        min(service_months.availability) as availability,
    from service_months
    group by service_months.month_start, service_months.period_end_on

),

availabilities as (

    select
        months.customer_id,
        'availability' as kind,
        available_months.period_end_on as due_on,
        1 as due_count,
        case when available_months.availability >= promised.target then 1 else 0 end
            as met_count,
    from {{ ref('fct_customer_months') }} as months
    inner join available_months
        on months.month_start = available_months.month_start
    inner join {{ ref('service_commitments') }} as promised
        on lower(months.plan) = promised.plan and promised.kind = 'availability'
    where months.closing_mrr > 0

),

commitments as (

    select answers.* from answers
    union all
    select deliveries.* from deliveries
    union all
    select availabilities.* from availabilities

),

fct_commitments as (

    select
        coalesce(commitments.customer_id, 'unknown') as customer_id,
        commitments.kind,
        commitments.due_on,
        cast(sum(commitments.due_count) as integer) as due_count,
        cast(sum(commitments.met_count) as integer) as met_count,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, 'unknown') as channel,
    from commitments
    left join {{ ref('dim_customers') }} as customers
        on commitments.customer_id = customers.customer_id
    group by all

)

select * from fct_commitments
