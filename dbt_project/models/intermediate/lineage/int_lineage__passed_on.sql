-- Grain: one row per flow out of a layer, month where money is booked, and reason why some of it
-- is left out of the next.
with

merged as (

    select distinct unnest(tickets.merged_ticket_ids) as ticket_id,
    from {{ ref('stg_zendesk__tickets') }} as tickets

),

merged_deals as (

    select distinct merged_deals.merged_deal_id,
    from {{ ref('stg_hubspot__merged_deals') }} as merged_deals

),

flows as (

    select
        'tickets' as flow,
        'tickets' as measure,
        'stg_zendesk__tickets' as model_name,
        cast(null as date) as month_start,
        case
            when cast(passed.created_at as date) > run.as_of then 'after the run''s day'
            when passed.is_deleted then 'deleted'
            when merged.ticket_id is not null then 'merged into another one'
            when organizations.is_test then 'of a test organisation'
        end as reason,
        count(*) as amount,
    from {{ ref('stg_zendesk__tickets') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    left join merged
        on passed.ticket_id = merged.ticket_id
    left join {{ ref('stg_zendesk__users') }} as users
        on passed.requester_id = users.user_id
    left join {{ ref('stg_zendesk__organizations') }} as organizations
        on coalesce(passed.organization_id, users.organization_id) = organizations.organization_id
    group by all

    union all

    select
        'deals' as flow,
        'deals' as measure,
        'stg_hubspot__deals' as model_name,
        cast(null as date) as month_start,
        case
            when cast(passed.created_at as date) > run.as_of
                then 'after the run''s day'
            when merged_deals.merged_deal_id is not null then 'merged into another one'
        end as reason,
        count(*) as amount,
    from {{ ref('stg_hubspot__deals') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    left join merged_deals
        on passed.deal_id = merged_deals.merged_deal_id
    group by all

    union all

    select
        'value of deals' as flow,
        'amount' as measure,
        'stg_hubspot__deals' as model_name,
        cast(null as date) as month_start,
        case
            when cast(passed.created_at as date) > run.as_of
                then 'after the run''s day'
            when merged_deals.merged_deal_id is not null then 'merged into another one'
        end as reason,
        -- Where the CRM converts nothing, at the rate of the day on which it is to close.
        sum(
            cast(
                coalesce(passed.amount_home, passed.amount_local * rates.opening_rate, 0)
                as decimal(38, 2)
            )
        ) as amount,
    from {{ ref('stg_hubspot__deals') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    left join merged_deals
        on passed.deal_id = merged_deals.merged_deal_id
    left join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            passed.currency = rates.currency
            and {{ month_start("""
                greatest(
                    least(coalesce(passed.close_expected_at, passed.created_at), run.as_of),
                    passed.created_at
                )
            """) }} = rates.month_start
    group by all

    union all

    select
        'debits' as flow,
        'amount' as measure,
        'stg_quickbooks__journal_lines' as model_name,
        {{ month_start('entries.occurred_on') }} as month_start,
        case
            when entries.journal_entry_id is null then 'of a journal that is deleted or missing'
            when entries.occurred_on > run.as_of then 'after the run''s day'
        end as reason,
        sum(
            greatest(
                cast(
                    passed.amount
                    * coalesce(entries.exchange_rate, rates.opening_rate, 1) as decimal(38, 4)
                ),
                0
            )
        ) as amount,
    from {{ ref('stg_quickbooks__journal_lines') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('stg_quickbooks__journal_entries') }} as entries
        on passed.journal_entry_id = entries.journal_entry_id
    left join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            entries.currency = rates.currency
            and {{ month_start('entries.occurred_on') }} = rates.month_start
    group by all

    union all

    select
        'credits' as flow,
        'amount' as measure,
        'stg_quickbooks__journal_lines' as model_name,
        {{ month_start('entries.occurred_on') }} as month_start,
        case
            when entries.journal_entry_id is null then 'of a journal that is deleted or missing'
            when entries.occurred_on > run.as_of then 'after the run''s day'
        end as reason,
        sum(
            greatest(
                cast(
                    -passed.amount
                    * coalesce(entries.exchange_rate, rates.opening_rate, 1) as decimal(38, 4)
                ),
                0
            )
        ) as amount,
    from {{ ref('stg_quickbooks__journal_lines') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('stg_quickbooks__journal_entries') }} as entries
        on passed.journal_entry_id = entries.journal_entry_id
    left join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            entries.currency = rates.currency
            and {{ month_start('entries.occurred_on') }} = rates.month_start
    group by all

    union all

    select
        'debits' as flow,
        'amount' as measure,
        'int_ledger__document_lines' as model_name,
        {{ month_start('passed.occurred_on') }} as month_start,
        case when repeated.journal_entry_id is not null then 'a journal repeats it' end as reason,
        sum(greatest(passed.amount, 0)) as amount,
    from {{ ref('int_ledger__document_lines') }} as passed
    left join {{ ref('int_ledger__repeated_documents') }} as repeated
        on passed.journal_entry_id = repeated.journal_entry_id
    group by all

    union all

    select
        'credits' as flow,
        'amount' as measure,
        'int_ledger__document_lines' as model_name,
        {{ month_start('passed.occurred_on') }} as month_start,
        case when repeated.journal_entry_id is not null then 'a journal repeats it' end as reason,
        sum(greatest(-passed.amount, 0)) as amount,
    from {{ ref('int_ledger__document_lines') }} as passed
    left join {{ ref('int_ledger__repeated_documents') }} as repeated
        on passed.journal_entry_id = repeated.journal_entry_id
    group by all

    union all

    select
        'debits' as flow,
        'amount' as measure,
        'int_ledger__stray_lines' as model_name,
        cast(null as date) as month_start,
        'of a document that is deleted or missing' as reason,
        sum(greatest(passed.amount, 0)) as amount,
    from {{ ref('int_ledger__stray_lines') }} as passed
    having count(*) > 0

    union all

    select
        'credits' as flow,
        'amount' as measure,
        'int_ledger__stray_lines' as model_name,
        cast(null as date) as month_start,
        'of a document that is deleted or missing' as reason,
        sum(greatest(-passed.amount, 0)) as amount,
    from {{ ref('int_ledger__stray_lines') }} as passed
    having count(*) > 0

    union all

    select
        passed.statement as flow,
        'amount' as measure,
        'int_ledger__postings' as model_name,
        passed.month_start,
        case
            when passed.statement not in ('revenue', 'cost_of_revenue', 'opex')
                then 'booked as ' || passed.statement
        end as reason,
        sum(
            case when passed.statement = 'revenue' then -passed.amount else passed.amount end
        ) as amount,
    from {{ ref('int_ledger__postings') }} as passed
    group by all

    union all

    select
        'hours' as flow,
        'hours' as measure,
        'stg_harvest__time_entries' as model_name,
        cast(null as date) as month_start,
        case when passed.spent_on > run.as_of then 'after the run''s day' end as reason,
        {{ exact_sum('coalesce(passed.hours, 0)') }} as amount,
    from {{ ref('stg_harvest__time_entries') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    group by all

    union all

    select
        'milestones' as flow,
        'milestones' as measure,
        'stg_harvest__milestones' as model_name,
        cast(null as date) as month_start,
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
        cast(null as date) as month_start,
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
        cast(null as date) as month_start,
        case
            when environments.environment is null
                then 'in an environment that environment_map.csv does not know'
            when not environments.is_production then 'not in production'
            when passed.finished_at is null then 'not finished'
            when cast(passed.finished_at as date) > run.as_of then 'after the run''s day'
        end as reason,
        count(*) as amount,
    from {{ ref('stg_cicd__deployments') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('environment_map') }} as environments
        on passed.environment = environments.environment
    group by all

    union all

    select
        'incidents' as flow,
        'incidents' as measure,
        'stg_pagerduty__incidents' as model_name,
        cast(null as date) as month_start,
        case
            when cast(passed.created_at as date) > run.as_of
                then 'after the run''s day'
            when passed.is_merged then 'merged into another one'
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
        cast(null as date) as month_start,
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
        cast(null as date) as month_start,
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
        cast(null as date) as month_start,
        case when passed.due_on > run.as_of then 'after the run''s day' end as reason,
        count(*) as amount,
    from {{ ref('stg_vendors__commitments') }} as passed
    cross join {{ ref('int_calendar__run') }} as run
    group by all

)

select
    flows.flow,
    flows.measure,
    flows.model_name,
    flows.month_start,
    flows.reason,
    cast(flows.amount as double) as amount,
from flows
