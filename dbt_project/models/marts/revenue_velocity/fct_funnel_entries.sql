-- Grain: one row per lead, signup and trial, with whether it became a paying customer in time.
with

first_payments as (

    select
        payments.customer_id,
        payments.first_paid_on,
    from {{ ref('fct_first_payments') }} as payments

),

-- A lead is a company, however many people of it write: it enters with the first of them.
contacts as (

    select
        contacts.domain,
        min(contacts.created_at) as first_contact_at,
    from {{ ref('stg_hubspot__contacts') }} as contacts
    where contacts.domain is not null
    group by contacts.domain

),

leads as (

    select
        'lead' as entry_type,
        companies.surviving_company_id as entry_id,
        max(companies.customer_id) as customer_id,
        cast(
            {{ first_known(['min(companies.created_at)', 'min(contacts.first_contact_at)']) }}
            as date
        ) as entered_on,
        max(companies.segment) as segment,
        max(companies.region) as region,
        max(companies.channel) as channel,
    from {{ ref('int_customers__crm_companies') }} as companies
    left join contacts
        on companies.domain = contacts.domain
    -- A company that sales has deleted is nobody to win; one that was merged is its survivor.
    where companies.is_deleted is not true
    group by companies.surviving_company_id

),

signups as (

    select
        'signup' as entry_type,
        accounts.account_id as entry_id,
        accounts.customer_id,
        cast(accounts.created_at as date) as entered_on,
        cast(null as varchar) as segment,
        cast(null as varchar) as region,
        cast(null as varchar) as channel,
    from {{ ref('int_customers__accounts') }} as accounts

),

trials as (

    select
        'trial' as entry_type,
        segments.customer_id as entry_id,
        segments.customer_id,
        min(segments.valid_from) as entered_on,
        cast(null as varchar) as segment,
        cast(null as varchar) as region,
        cast(null as varchar) as channel,
    from {{ ref('int_subscriptions__segments') }} as segments
    where segments.status = 'trialing'
    group by segments.customer_id

),

entries as (

    select leads.* from leads
    union all
    select signups.* from signups
    union all
    select trials.* from trials

),

fct_funnel_entries as (

    select
        entries.entry_type,
        entries.entry_id,
        entries.customer_id,
        entries.entered_on,
        {% for entry_type, days in [('lead', 90), ('trial', 45)] -%}
        cast(case when entries.entry_type = '{{ entry_type }}' then 1 else 0 end as integer)
            as {{ entry_type }}_count,
        cast(
            case
                when
                    entries.entry_type = '{{ entry_type }}'
                    and first_payments.first_paid_on
                    <= {{ dbt.dateadd('day', days, 'entries.entered_on') }}
                    then 1
                else 0
            end as integer
        ) as {{ entry_type }}_converted_count,
        {% endfor -%}
        cast(case when entries.entry_type = 'signup' then 1 else 0 end as integer)
            as signup_count,
        coalesce(customers.segment, entries.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, entries.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, entries.channel, 'unknown') as channel,
    from entries
    left join {{ ref('dim_customers') }} as customers
        on entries.customer_id = customers.customer_id
    left join first_payments
        on entries.customer_id = first_payments.customer_id
    where entries.entered_on <= {{ as_of() }}

)

select * from fct_funnel_entries
