-- Grain: one row per flow between two layers, fate and reason.
with

-- What a layer has, and why the next one leaves some of it out: said here anew, not read off
-- the next one, so that a row which it loses for another reason is missed.
came as (

    select
        'tickets' as flow,
        'tickets' as measure,
        'stg_zendesk__tickets' as model_name,
        case
            when cast(passed.created_at as date) > run.as_of then 'after the run''s day'
            when tickets.excluded_as is not null then 'left out as ' || tickets.excluded_as
        end as reason,
        count(*) as amount,
    from {{ ref('stg_zendesk__tickets') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('int_support__tickets') }} as tickets
        on passed.ticket_id = tickets.ticket_id
    group by all

    union all

    select
        'deals' as flow,
        'deals' as measure,
        'stg_hubspot__deals' as model_name,
        case
            when cast(passed.created_at as date) > run.as_of
                then 'after the run''s day'
        end as reason,
        count(*) as amount,
    from {{ ref('stg_hubspot__deals') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    group by all

    union all

    select
        'value of deals' as flow,
        'amount' as measure,
        'stg_hubspot__deals' as model_name,
        case
            when cast(passed.created_at as date) > run.as_of
                then 'after the run''s day'
        end as reason,
        sum(coalesce(passed.amount, 0)) as amount,
    from {{ ref('stg_hubspot__deals') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    group by all

    union all

    select
        'journal lines' as flow,
        'absolute amount' as measure,
        'stg_quickbooks__journal_lines' as model_name,
        case
            when entries.journal_entry_id is null then 'of a journal that is deleted or missing'
            when entries.occurred_on > run.as_of then 'after the run''s day'
        end as reason,
        sum(
            abs(cast(passed.amount * coalesce(entries.exchange_rate, 1) as decimal(18, 4)))
        ) as amount,
    from {{ ref('stg_quickbooks__journal_lines') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('stg_quickbooks__journal_entries') }} as entries
        on passed.journal_entry_id = entries.journal_entry_id
    group by all

    union all

    select
        'income and expenses' as flow,
        'amount' as measure,
        'int_ledger__postings' as model_name,
        case
            when passed.statement not in ('revenue', 'cost_of_revenue', 'opex')
                then 'booked as ' || passed.statement
        end as reason,
        sum(passed.amount) as amount,
    from {{ ref('int_ledger__postings') }} as passed
    group by all

    union all

    select
        'hours' as flow,
        'hours' as measure,
        'stg_harvest__time_entries' as model_name,
        case when passed.spent_on > run.as_of then 'after the run''s day' end as reason,
        sum(coalesce(passed.hours, 0)) as amount,
    from {{ ref('stg_harvest__time_entries') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    group by all

    union all

    select
        'milestones' as flow,
        'milestones' as measure,
        'stg_harvest__milestones' as model_name,
        case
            when projects.project_id is null
                then 'of a project that is internal, missing or not begun'
        end as reason,
        count(*) as amount,
    from {{ ref('stg_harvest__milestones') }} as passed
    left join {{ ref('int_delivery__projects') }} as projects
        on passed.project_id = projects.project_id
    group by all

    union all

    select
        'survey answers' as flow,
        'answers' as measure,
        'stg_delighted__survey_responses' as model_name,
        case
            when cast(passed.answered_at as date) > run.as_of then 'after the run''s day'
            when passed.score is null then 'without a score'
            when passed.person_id is null then 'of nobody who is known'
        end as reason,
        count(*) as amount,
    from {{ ref('stg_delighted__survey_responses') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    group by all

    union all

    select
        'deployments' as flow,
        'deployments' as measure,
        'stg_cicd__deployments' as model_name,
        case
            when coalesce(passed.environment, '') != 'production' then 'not in production'
            when passed.finished_at is null then 'not finished'
            when cast(passed.finished_at as date) > run.as_of then 'after the run''s day'
        end as reason,
        count(*) as amount,
    from {{ ref('stg_cicd__deployments') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    group by all

    union all

    select
        'incidents' as flow,
        'incidents' as measure,
        'stg_pagerduty__incidents' as model_name,
        case
            when cast(passed.created_at as date) > run.as_of
                then 'after the run''s day'
        end as reason,
        count(*) as amount,
    from {{ ref('stg_pagerduty__incidents') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    group by all

    union all

    select
        'requests' as flow,
        'requests' as measure,
        'int_telemetry__account_days' as model_name,
        case when passed.occurred_on > run.as_of then 'after the run''s day' end as reason,
        sum(passed.request_count) as amount,
    from {{ ref('int_telemetry__account_days') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    group by all

    union all

    select
        'users' as flow,
        'users' as measure,
        'stg_app__users' as model_name,
        case
            when cast(passed.created_at as date) > run.as_of then 'after the run''s day'
            when accounts.account_id is null then 'of an account that tests or is missing'
            when customers.customer_id is null then 'of an account that is no customer'
        end as reason,
        count(*) as amount,
    from {{ ref('stg_app__users') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('int_customers__accounts') }} as accounts
        on passed.account_id = accounts.account_id
    left join {{ ref('dim_customers') }} as customers
        on accounts.customer_id = customers.customer_id
    group by all

    union all

    select
        'promises of vendors' as flow,
        'promises' as measure,
        'stg_vendors__commitments' as model_name,
        case when passed.due_on > run.as_of then 'after the run''s day' end as reason,
        count(*) as amount,
    from {{ ref('stg_vendors__commitments') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    group by all

),

arrived as (

    select
        'tickets' as flow,
        'fct_tickets' as model_name,
        sum(arrived.ticket_count) as amount,
    from {{ ref('fct_tickets') }} as arrived

    union all

    select
        'deals' as flow,
        'fct_deals' as model_name,
        count(arrived.deal_id) as amount,
    from {{ ref('fct_deals') }} as arrived

    union all

    select
        'value of deals' as flow,
        'fct_deals' as model_name,
        sum(arrived.amount) as amount,
    from {{ ref('fct_deals') }} as arrived

    union all

    select
        'journal lines' as flow,
        'int_ledger__postings' as model_name,
        sum(abs(arrived.amount)) as amount,
    from {{ ref('int_ledger__postings') }} as arrived

    union all

    select
        'income and expenses' as flow,
        'fct_financial_periods' as model_name,
        sum(arrived.cost_of_revenue + arrived.opex - arrived.revenue) as amount,
    from {{ ref('fct_financial_periods') }} as arrived
    where arrived.grain = 'month' and arrived.dimension = 'total'

    union all

    select
        'hours' as flow,
        'fct_consultant_days' as model_name,
        sum(arrived.hours) as amount,
    from {{ ref('fct_consultant_days') }} as arrived

    union all

    select
        'milestones' as flow,
        'fct_milestones' as model_name,
        sum(arrived.milestone_count) as amount,
    from {{ ref('fct_milestones') }} as arrived

    union all

    select
        'survey answers' as flow,
        'fct_survey_requests' as model_name,
        sum(arrived.answered_count) as amount,
    from {{ ref('fct_survey_requests') }} as arrived

    union all

    select
        'deployments' as flow,
        'fct_deployments' as model_name,
        count(arrived.deployment_id) as amount,
    from {{ ref('fct_deployments') }} as arrived

    union all

    select
        'incidents' as flow,
        'fct_service_days' as model_name,
        sum(arrived.incident_count) as amount,
    from {{ ref('fct_service_days') }} as arrived

    union all

    select
        'requests' as flow,
        'fct_service_days' as model_name,
        sum(arrived.request_count) as amount,
    from {{ ref('fct_service_days') }} as arrived

    union all

    select
        'users' as flow,
        'fct_users' as model_name,
        count(arrived.user_key) as amount,
    from {{ ref('fct_users') }} as arrived

    union all

    select
        'promises of vendors' as flow,
        'fct_vendor_days' as model_name,
        sum(arrived.commitment_due_count) as amount,
    from {{ ref('fct_vendor_days') }} as arrived

),

flows as (

    select distinct
        came.flow,
        came.measure,
    from came

),

layer_accounting as (

    select
        came.flow,
        came.measure,
        came.model_name,
        case when came.reason is null then 'passed_on' else 'left_out' end as fate,
        coalesce(came.reason, 'to be in the next layer') as reason,
        cast(came.amount as double) as amount,
    from came

    union all

    select
        flows.flow,
        flows.measure,
        arrived.model_name,
        'arrived' as fate,
        'in the next layer' as reason,
        cast(coalesce(arrived.amount, 0) as double) as amount,
    from arrived
    inner join flows
        on arrived.flow = flows.flow

)

select * from layer_accounting
