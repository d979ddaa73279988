-- Grain: one row per key by which marts know something, and row of a file that speaks of it;
-- of events, one per key, file and (of services) day, with how many they are.
{%- set objects = [
    ('stg_stripe__subscriptions', 'subscription_id', 'created_at'),
    ('stg_stripe__subscription_history', 'subscription_id', 'valid_from_at'),
    ('stg_stripe__subscription_item_versions', 'subscription_id', 'created_at'),
    ('stg_stripe__subscription_versions', 'subscription_id', none),
    ('stg_stripe__discounts', 'subscription_id', 'started_at'),
    ('stg_stripe__subscription_discounts', 'subscription_id', 'started_at'),
    ('stg_stripe__invoice_lines', 'subscription_id', 'period_starts_at'),
    ('stg_contracts__subscription_periods', 'subscription_id', 'started_on'),
    ('stg_stripe__invoices', 'invoice_id', 'created_at'),
    ('stg_stripe__invoice_lines', 'invoice_id', 'period_starts_at'),
    ('stg_stripe__charges', 'invoice_id', 'created_at'),
    ('stg_stripe__refunds', 'refund_id', 'created_at'),
    ('stg_stripe__coupons', 'coupon_id', none),
    ('stg_stripe__prices', 'price_id', none),
    ('stg_stripe__plans', 'price_id', none),
    ('stg_stripe__products', 'product_id', none),
    ('stg_stripe__customers', 'customer_id', 'created_at'),
    ('stg_stripe__subscriptions', 'customer_id', 'created_at'),
    ('stg_stripe__discounts', 'customer_id', 'started_at'),
    ('stg_stripe__subscription_discounts', 'customer_id', 'started_at'),
    ('stg_stripe__invoices', 'customer_id', 'created_at'),
    ('stg_stripe__charges', 'customer_id', 'created_at'),
    ('stg_contracts__customers', 'customer_id', none),
    ('stg_contracts__subscription_periods', 'customer_id', 'started_on'),
    ('stg_app__success_goals', 'goal_id', none),
    ('stg_zendesk__tickets', 'ticket_id', 'created_at'),
    ('stg_zendesk__ticket_comments', 'ticket_id', 'created_at'),
    ('stg_zendesk__ticket_field_history', 'ticket_id', 'changed_at'),
    ('stg_zendesk__ticket_schedules', 'ticket_id', 'applied_at'),
    ('stg_zendesk__ticket_sla_policies', 'ticket_id', 'applied_at'),
    ('stg_zendesk__groups', 'group_id', none),
    ('stg_zendesk__schedules', 'schedule_id', none),
    ('stg_zendesk__schedule_holidays', 'schedule_id', none),
    ('stg_zendesk__sla_policy_targets', 'sla_policy_id', 'valid_from_at'),
    ('stg_hubspot__deals', 'deal_id', 'created_at'),
    ('stg_hubspot__deal_stages', 'deal_id', 'entered_at'),
    ('stg_hubspot__deal_companies', 'deal_id', none),
    ('stg_hubspot__merged_deals', 'deal_id', none),
    ('stg_hubspot__pipeline_stages', 'stage_id', none),
    ('stg_hubspot__teams', 'team_id', none),
    ('stg_app__accounts', 'entry_id = account_id', 'created_at'),
    ('stg_stripe__subscriptions', 'entry_id = customer_id', 'created_at'),
    ('stg_contracts__subscription_periods', 'entry_id = customer_id', 'started_on'),
    ('stg_harvest__projects', 'project_id', 'starts_on'),
    ('stg_harvest__milestones', 'project_id', none),
    ('stg_harvest__time_entries', 'project_id', 'spent_on'),
    ('stg_harvest__milestones', 'milestone_id', none),
    ('stg_cicd__deployments', 'deployment_id', 'finished_at'),
    ('stg_cicd__deployment_commits', 'deployment_id', none),
    ('stg_pagerduty__incidents', 'incident_id', 'created_at'),
    ('stg_pagerduty__log_entries', 'incident_id', 'created_at'),
    ('stg_pagerduty__incidents', 'vendor_id', 'created_at'),
    ('stg_vendors__vendors', 'vendor_id', 'started_on'),
    ('stg_vendors__commitments', 'vendor_id', 'due_on'),
    ('stg_vendors__evidence', 'vendor_id', 'issued_on'),
    ('stg_quickbooks__vendors', 'vendor_id', none),
    ('stg_quickbooks__journal_lines', 'vendor_id', none),
    ('stg_quickbooks__accounts', 'ledger_account_id = account_id', none),
    ('stg_quickbooks__items', 'item_id', none),
    ('stg_quickbooks__classes', 'class_id', none),
    ('stg_quickbooks__departments', 'department_id', none),
    ('stg_quickbooks__journal_entries', 'journal_entry_id', 'occurred_on'),
    ('stg_github__issues', 'issue_id', 'created_at'),
    ('stg_github__issue_labels', 'issue_id', none),
    ('stg_github__labels', 'label_id', none),
    ('stg_github__pull_requests', 'pull_request_id', none),
    ('stg_github__pull_request_reviews', 'pull_request_id', 'submitted_at'),
    ('stg_github__pull_request_commits', 'pull_request_id', 'authored_at'),
    ('stg_governance__actions', 'action_id', 'opened_at'),
    ('stg_governance__reviews', 'review_id', 'due_on'),
] %}

{#- Objects that name a customer only through another record. -#}
{%- set of_customers = [
    ('stg_stripe__subscription_history', 'stripe.subscription', 'subscription_id',
     'valid_from_at'),
    ('stg_stripe__subscription_item_versions', 'stripe.subscription', 'subscription_id',
     'created_at'),
    ('stg_stripe__subscription_versions', 'stripe.subscription', 'subscription_id', none),
    ('stg_stripe__invoice_lines', 'stripe.invoice', 'invoice_id', 'period_starts_at'),
    ('stg_app__accounts', 'app.account', 'account_id', 'created_at'),
    ('stg_app__environments', 'app.account', 'account_id', 'requested_at'),
    ('stg_app__success_goals', 'app.account', 'account_id', none),
    ('stg_app__users', 'app.account', 'account_id', 'created_at'),
    ('stg_app__memberships', 'app.account', 'account_id', 'started_at'),
    ('stg_hubspot__companies', 'hubspot.company', 'company_id', 'created_at'),
    ('stg_hubspot__deal_companies', 'hubspot.company', 'company_id', none),
    ('stg_hubspot__task_companies', 'hubspot.company', 'company_id', none),
    ('stg_hubspot__deals', 'hubspot.deal', 'deal_id', 'created_at'),
    ('stg_hubspot__deal_stages', 'hubspot.deal', 'deal_id', 'entered_at'),
    ('stg_hubspot__tasks', 'hubspot.task', 'task_id', 'completed_at'),
    ('stg_zendesk__organizations', 'zendesk.organization', 'organization_id', 'created_at'),
    ('stg_zendesk__users', 'zendesk.organization', 'organization_id', none),
    ('stg_zendesk__tickets', 'zendesk.ticket', 'ticket_id', 'created_at'),
    ('stg_zendesk__ticket_field_history', 'zendesk.ticket', 'ticket_id', 'changed_at'),
    ('stg_harvest__clients', 'harvest.client', 'client_id', none),
    ('stg_harvest__projects', 'harvest.project', 'project_id', 'starts_on'),
    ('stg_harvest__milestones', 'harvest.project', 'project_id', none),
    ('stg_harvest__time_entries', 'harvest.project', 'project_id', 'spent_on'),
    ('stg_delighted__person_versions', 'delighted.person', 'person_id', 'last_sent_at'),
    ('stg_delighted__survey_responses', 'delighted.person', 'person_id', 'answered_at'),
] %}

{#- What belongs to a component of the product, and so to a service. -#}
{%- set of_services = [
    ('stg_cicd__deployments', 'service', 'finished_at'),
    ('stg_pagerduty__services', 'service', none),
    ('stg_cicd__pipeline_runs', 'repository_name', 'finished_at'),
    ('stg_github__repositories', 'repository_name', none),
    ('stg_sonarqube__file_metrics', 'project', 'analysed_on'),
] %}

{#- Documents of the ledger that book themselves, and whether they have lines. -#}
{%- set documents = [
    ('bill', 'bills', true),
    ('vendor_credit', 'vendor_credits', true),
    ('purchase', 'purchases', true),
    ('invoice', 'invoices', true),
    ('credit_memo', 'credit_memos', true),
    ('sales_receipt', 'sales_receipts', true),
    ('refund_receipt', 'refund_receipts', true),
    ('deposit', 'deposits', true),
    ('payment', 'payments', false),
    ('bill_payment', 'bill_payments', false),
    ('transfer', 'transfers', false),
    ('credit_card_payment', 'credit_card_payments', false),
] %}

{#- What has no key that may be seen, or none that a mart has: its source and its day. -#}
{%- set of_sources = [
    ('bamboohr', 'stg_bamboohr__employment_statuses', 'changed_on'),
    ('bamboohr', 'stg_bamboohr__compensations', 'starts_on'),
    ('engagement', 'stg_engagement__survey_responses', 'responded_at'),
    ('hubspot', 'stg_hubspot__contacts', 'created_at'),
    ('governance', 'stg_governance__decisions', 'decided_on'),
] %}
{%- set place = 'spoken._file, spoken._file_row, spoken._load_id, 1 as row_count' %}

with

records as (

    select
        'app.account' as system,
        accounts.account_id as record_id,
        accounts.customer_id,
    from {{ ref('int_customers__accounts') }} as accounts

    union all

    select
        'hubspot.company' as system,
        companies.company_id as record_id,
        companies.customer_id,
    from {{ ref('int_customers__crm_companies') }} as companies

    union all

    select
        'hubspot.deal' as system,
        deals.deal_id as record_id,
        companies.customer_id,
    from {{ ref('stg_hubspot__deal_companies') }} as deals
    inner join {{ ref('int_customers__crm_companies') }} as companies
        on deals.company_id = companies.company_id

    union all

    select
        'hubspot.task' as system,
        tasks.task_id as record_id,
        companies.customer_id,
    from {{ ref('stg_hubspot__task_companies') }} as tasks
    inner join {{ ref('int_customers__crm_companies') }} as companies
        on tasks.company_id = companies.company_id

    union all

    select
        identities.system,
        identities.record_id,
        identities.customer_id,
    from {{ ref('int_customers__identities') }} as identities

    union all

    select
        'zendesk.ticket' as system,
        tickets.ticket_id as record_id,
        tickets.customer_id,
    from {{ ref('int_support__tickets') }} as tickets

    union all

    select
        'harvest.project' as system,
        projects.project_id as record_id,
        projects.customer_id,
    from {{ ref('int_delivery__projects') }} as projects

    union all

    select
        'stripe.subscription' as system,
        subscriptions.subscription_id as record_id,
        subscriptions.customer_id,
    from {{ ref('int_subscriptions__stripe_subscriptions') }} as subscriptions

    union all

    select
        'stripe.invoice' as system,
        invoices.invoice_id as record_id,
        invoices.customer_id,
    from {{ ref('stg_stripe__invoices') }} as invoices

),

customers_of as (

    select distinct
        records.system,
        records.record_id,
        records.customer_id,
    from records
    where records.customer_id is not null

),

spoken_of as (

    {% for model, key, day in objects -%}
    select
        '{{ key.split(' = ')[0] }}' as key_name,
        cast(spoken.{{ key.split(' = ')[-1] }} as varchar) as key_value,
        {{ 'cast(spoken.' ~ day ~ ' as date)' if day else 'cast(null as date)' }} as happened_on,
        {{ place }},
    from {{ ref(model) }} as spoken

    union all

    {% endfor -%}
    {% for model, system, record, day in of_customers -%}
    select
        'customer_id' as key_name,
        customers_of.customer_id as key_value,
        {{ 'cast(spoken.' ~ day ~ ' as date)' if day else 'cast(null as date)' }} as happened_on,
        {{ place }},
    from {{ ref(model) }} as spoken
    inner join customers_of
        on customers_of.system = '{{ system }}' and spoken.{{ record }} = customers_of.record_id

    union all

    {% endfor -%}
    {% for model, component, day in of_services -%}
    select
        'service' as key_name,
        components.service as key_value,
        {{ 'cast(spoken.' ~ day ~ ' as date)' if day else 'cast(null as date)' }} as happened_on,
        {{ place }},
    from {{ ref(model) }} as spoken
    inner join {{ ref('int_services__components') }} as components
        on spoken.{{ component }} = components.component

    union all

    {% endfor -%}
    {% for source, model, day in of_sources -%}
    select
        'source_name' as key_name,
        '{{ source }}' as key_value,
        cast(spoken.{{ day }} as date) as happened_on,
        {{ place }},
    from {{ ref(model) }} as spoken

    union all

    {% endfor -%}
    select
        'service' as key_name,
        incidents.service as key_value,
        cast(spoken.created_at as date) as happened_on,
        {{ place }},
    from {{ ref('stg_pagerduty__incidents') }} as spoken
    inner join {{ ref('int_incidents__timelines') }} as incidents
        on spoken.incident_id = incidents.incident_id

    union all

    select
        'service' as key_name,
        components.service as key_value,
        cast(spoken.created_at as date) as happened_on,
        {{ place }},
    from {{ ref('stg_github__issues') }} as spoken
    inner join {{ ref('stg_github__repositories') }} as repositories
        on spoken.repository_id = repositories.repository_id
    inner join {{ ref('int_services__components') }} as components
        on repositories.repository_name = components.component

    union all

    -- As the ticket has it: the answer's own stands in free text.
    select
        'ticket_id' as key_name,
        tickets.ticket_id as key_value,
        cast(spoken.answered_at as date) as happened_on,
        {{ place }},
    from {{ ref('stg_delighted__survey_responses') }} as spoken
    inner join {{ ref('stg_zendesk__tickets') }} as tickets
        on spoken.ticket_id = tickets.ticket_id

    union all

    select
        'entry_id' as key_name,
        companies.surviving_company_id as key_value,
        cast(spoken.created_at as date) as happened_on,
        {{ place }},
    from {{ ref('stg_hubspot__companies') }} as spoken
    inner join {{ ref('int_customers__crm_companies') }} as companies
        on spoken.company_id = companies.company_id

    union all

    select
        'journal_entry_id' as key_name,
        spoken.journal_entry_id as key_value,
        entries.occurred_on as happened_on,
        {{ place }},
    from {{ ref('stg_quickbooks__journal_lines') }} as spoken
    inner join {{ ref('stg_quickbooks__journal_entries') }} as entries
        on spoken.journal_entry_id = entries.journal_entry_id

    union all

    {% for kind, name, has_lines in documents -%}
    select
        'journal_entry_id' as key_name,
        '{{ kind }}/' || spoken.document_id as key_value,
        spoken.occurred_on as happened_on,
        {{ place }},
    from {{ ref('stg_quickbooks__' ~ name) }} as spoken

    union all

    {% if has_lines -%}
    select
        'journal_entry_id' as key_name,
        '{{ kind }}/' || spoken.document_id as key_value,
        documents.occurred_on as happened_on,
        {{ place }},
    from {{ ref('stg_quickbooks__' ~ kind ~ '_lines') }} as spoken
    inner join {{ ref('stg_quickbooks__' ~ name) }} as documents
        on spoken.document_id = documents.document_id

    union all

    {% endif -%}
    {% endfor -%}
    select
        'channel' as key_name,
        channels.channel as key_value,
        spoken.spent_on as happened_on,
        {{ place }},
    from {{ ref('stg_ads__campaign_spend') }} as spoken
    inner join {{ ref('channel_map') }} as channels
        on spoken.ad_channel = channels.ad_channel

    union all

    select
        'function' as key_name,
        employments.function as key_value,
        employments.hired_on as happened_on,
        spoken._file,
        spoken._file_row,
        spoken._load_id,
        1 as row_count,
    from {{ ref('stg_bamboohr__employees') }} as spoken
    inner join {{ ref('int_people__employments') }} as employments
        on spoken.employee_id = employments.employee_id

    union all

    -- People by the hash that marts know them by.
    {% for model, key, hashed, day in [
        ('stg_app__users', 'user_key', 'user_id', 'created_at'),
        ('stg_app__memberships', 'user_key', 'user_id', 'started_at'),
        ('stg_harvest__users', 'consultant_hash', 'user_id', 'starts_on'),
        ('stg_harvest__time_entries', 'consultant_hash', 'user_id', 'spent_on'),
        ('stg_delighted__person_versions', 'person_hash', 'person_id', 'last_sent_at'),
        ('stg_delighted__survey_responses', 'person_hash', 'person_id', 'answered_at'),
    ] -%}
    select
        '{{ key }}' as key_name,
        {{ keyed_hash('spoken.' ~ hashed) }} as key_value,
        cast(spoken.{{ day }} as date) as happened_on,
        {{ place }},
    from {{ ref(model) }} as spoken

    union all

    {% endfor -%}
    -- Events are too many to be named one by one.
    select
        'customer_id' as key_name,
        customers_of.customer_id as key_value,
        cast(min(spoken.occurred_at) as date) as happened_on,
        spoken._file,
        cast(null as bigint) as _file_row,
        spoken._load_id,
        count(*) as row_count,
    from {{ ref('stg_segment__tracks') }} as spoken
    inner join customers_of
        on customers_of.system = 'app.account' and spoken.account_id = customers_of.record_id
    group by customers_of.customer_id, spoken._file, spoken._load_id

    union all

    select
        'customer_id' as key_name,
        customers_of.customer_id as key_value,
        cast(min(spoken.minute_at) as date) as happened_on,
        spoken._file,
        cast(null as bigint) as _file_row,
        spoken._load_id,
        count(*) as row_count,
    from {{ ref('stg_telemetry__request_rollups') }} as spoken
    inner join customers_of
        on customers_of.system = 'app.account' and spoken.account_id = customers_of.record_id
    group by customers_of.customer_id, spoken._file, spoken._load_id

    union all

    select
        'service' as key_name,
        spoken.service as key_value,
        cast(spoken.minute_at as date) as happened_on,
        spoken._file,
        cast(null as bigint) as _file_row,
        spoken._load_id,
        count(*) as row_count,
    from {{ ref('stg_telemetry__request_rollups') }} as spoken
    group by
        spoken.service, cast(spoken.minute_at as date), spoken._file, spoken._load_id

),

of_parents as (

    select
        'parent_customer_id' as key_name,
        coalesce(customers.parent_customer_id, customers.customer_id) as key_value,
        spoken_of.happened_on,
        spoken_of._file,
        spoken_of._file_row,
        spoken_of._load_id,
        spoken_of.row_count,
    from spoken_of
    inner join {{ ref('dim_customers') }} as customers
        on spoken_of.key_value = customers.customer_id
    where
        spoken_of.key_name = 'customer_id'
        and split_part(spoken_of._file, '/', 1) in ('stripe', 'contracts')

),

of_all as (

    select * from spoken_of
    union all
    select * from of_parents

),

source_rows as (

    select distinct
        of_all.key_name,
        of_all.key_value,
        'raw_' || split_part(of_all._file, '/', 1) || '.' || split_part(of_all._file, '/', 2)
            as source_table,
        of_all._file as file,
        of_all._file_row as file_row,
        of_all.row_count,
        of_all.happened_on,
        files.load_id,
        files.loaded_at,
    from of_all
    left join {{ ref('stg_raw_meta__files') }} as files
        on of_all._load_id = files.load_id
    where of_all.key_value is not null

)

select * from source_rows
