-- Grain: one row per flow between two layers, model, month where money is booked, fate and reason.
{%- set flows = [
    ('tickets', 'fct_tickets', 'sum(arrived.ticket_count)'),
    ('deals', 'fct_deals', 'count(arrived.deal_id)'),
    ('value of deals', 'fct_deals', 'sum(arrived.amount)'),
    ('hours', 'fct_consultant_days', exact_sum('arrived.hours')),
    ('milestones', 'fct_milestones', 'sum(arrived.milestone_count)'),
    ('survey answers', 'fct_survey_requests', 'sum(arrived.answered_count)'),
    ('deployments', 'fct_deployments', 'count(arrived.deployment_id)'),
    ('incidents', 'fct_service_days', 'sum(arrived.incident_count)'),
    ('requests', 'fct_service_days', 'sum(arrived.request_count)'),
    ('users', 'fct_users', 'count(arrived.user_key)'),
    ('promises of vendors', 'fct_vendor_days', 'sum(arrived.commitment_due_count)'),
] %}
with

arrived as (

    {% for flow, model, amount in flows -%}
    select
        '{{ flow }}' as flow,
        '{{ model }}' as model_name,
        cast(null as date) as month_start,
        {{ amount }} as amount,
    from {{ ref(model) }} as arrived

    union all

    {% endfor -%}
    {% for flow, sign in [('debits', ''), ('credits', '-')] -%}
    select
        '{{ flow }}' as flow,
        'int_ledger__postings' as model_name,
        arrived.month_start,
        sum({{ at_least(sign ~ 'arrived.amount', 0) }}) as amount,
    from {{ ref('int_ledger__postings') }} as arrived
    group by arrived.month_start

    union all

    {% endfor -%}
    {% for flow in ['revenue', 'cost_of_revenue', 'opex'] -%}
    select
        '{{ flow }}' as flow,
        'fct_financial_periods' as model_name,
        arrived.period_start as month_start,
        sum(arrived.{{ flow }}) as amount,
    from {{ ref('fct_financial_periods') }} as arrived
    where arrived.grain = 'month' and arrived.dimension = 'total'
    group by arrived.period_start

    {{ 'union all' if not loop.last }}
    {% endfor %}
),

measures as (

    select distinct
        passed_on.flow,
        passed_on.measure,
    from {{ ref('int_lineage__passed_on') }} as passed_on

),

layer_accounting as (

    select
        passed_on.flow,
        passed_on.measure,
        passed_on.model_name,
        passed_on.month_start,
        case when passed_on.reason is null then 'passed_on' else 'left_out' end as fate,
        coalesce(passed_on.reason, 'to be in the next layer') as reason,
        passed_on.amount,
    from {{ ref('int_lineage__passed_on') }} as passed_on

    union all

    select
        arrived.flow,
        -- What nobody passed on should not be there.
        coalesce(measures.measure, 'unknown') as measure,
        arrived.model_name,
        arrived.month_start,
        'arrived' as fate,
        'in the next layer' as reason,
        cast(coalesce(arrived.amount, 0) as double) as amount,
    from arrived
    left join measures
        on arrived.flow = measures.flow

)

select * from layer_accounting
