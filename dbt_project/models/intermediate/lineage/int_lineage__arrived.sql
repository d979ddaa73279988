-- Grain: one row per flow into a mart, and month where money is booked.
with

flows as (

    select
        'tickets' as flow,
        'fct_tickets' as model_name,
        cast(null as date) as month_start,
        sum(arrived.ticket_count) as amount,
    from {{ ref('fct_tickets') }} as arrived

    union all

    select
        'deals' as flow,
        'fct_deals' as model_name,
        cast(null as date) as month_start,
        count(arrived.deal_id) as amount,
    from {{ ref('fct_deals') }} as arrived

    union all

    select
        'value of deals' as flow,
        'fct_deals' as model_name,
        cast(null as date) as month_start,
        sum(arrived.amount) as amount,
    from {{ ref('fct_deals') }} as arrived

    union all

    select
        'debits' as flow,
        'int_ledger__postings' as model_name,
        arrived.month_start,
        sum({{ at_least('arrived.amount', 0) }}) as amount,
    from {{ ref('int_ledger__postings') }} as arrived
    group by all

    union all

    select
        'credits' as flow,
        'int_ledger__postings' as model_name,
        arrived.month_start,
        sum({{ at_least('-arrived.amount', 0) }}) as amount,
    from {{ ref('int_ledger__postings') }} as arrived
    group by all

    union all

    select
        'revenue' as flow,
        'fct_financial_periods' as model_name,
        arrived.period_start as month_start,
        sum(arrived.revenue) as amount,
    from {{ ref('fct_financial_periods') }} as arrived
    where arrived.grain = 'month' and arrived.dimension = 'total'
    group by all

    union all

    select
        'cost_of_revenue' as flow,
        'fct_financial_periods' as model_name,
        arrived.period_start as month_start,
        sum(arrived.cost_of_revenue) as amount,
    from {{ ref('fct_financial_periods') }} as arrived
    where arrived.grain = 'month' and arrived.dimension = 'total'
    group by all

    union all

    select
        'opex' as flow,
        'fct_financial_periods' as model_name,
        arrived.period_start as month_start,
        sum(arrived.opex) as amount,
    from {{ ref('fct_financial_periods') }} as arrived
    where arrived.grain = 'month' and arrived.dimension = 'total'
    group by all

    union all

    select
        'hours' as flow,
        'fct_consultant_days' as model_name,
        cast(null as date) as month_start,
        {{ exact_sum('arrived.hours') }} as amount,
    from {{ ref('fct_consultant_days') }} as arrived

    union all

    select
        'milestones' as flow,
        'fct_milestones' as model_name,
        cast(null as date) as month_start,
        sum(arrived.milestone_count) as amount,
    from {{ ref('fct_milestones') }} as arrived

    union all

    select
        'survey answers' as flow,
        'fct_survey_requests' as model_name,
        cast(null as date) as month_start,
        sum(arrived.answered_count) as amount,
    from {{ ref('fct_survey_requests') }} as arrived

    union all

    select
        'deployments' as flow,
        'fct_deployments' as model_name,
        cast(null as date) as month_start,
        count(arrived.deployment_id) as amount,
    from {{ ref('fct_deployments') }} as arrived

    union all

    select
        'incidents' as flow,
        'fct_service_days' as model_name,
        cast(null as date) as month_start,
        sum(arrived.incident_count) as amount,
    from {{ ref('fct_service_days') }} as arrived

    union all

    select
        'requests' as flow,
        'fct_service_days' as model_name,
        cast(null as date) as month_start,
        sum(arrived.request_count) as amount,
    from {{ ref('fct_service_days') }} as arrived

    union all

    select
        'users' as flow,
        'fct_users' as model_name,
        cast(null as date) as month_start,
        count(arrived.user_key) as amount,
    from {{ ref('fct_users') }} as arrived

    union all

    select
        'promises of vendors' as flow,
        'fct_vendor_days' as model_name,
        cast(null as date) as month_start,
        sum(arrived.commitment_due_count) as amount,
    from {{ ref('fct_vendor_days') }} as arrived

)

select
    flows.flow,
    flows.model_name,
    flows.month_start,
    cast(coalesce(flows.amount, 0) as double) as amount,
from flows
