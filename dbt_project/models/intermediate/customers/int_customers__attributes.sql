-- Grain: one row per customer, with what billing, CRM and the product say of it.
with

customers as (

    select
        billing.customer_id,
        1 as precedence,
        billing.customer_name,
        billing.segment,
        billing.region,
        billing.channel,
        cast(null as varchar) as industry,
        cast(null as varchar) as parent_customer_id,
        cast(null as varchar) as plan,
        billing.hubspot_company_id as company_id,
    from {{ ref('stg_stripe__customers') }} as billing

    union all

    select
        contracts.customer_id,
        2 as precedence,
        contracts.customer_name,
        contracts.segment,
        contracts.region,
        contracts.channel,
        contracts.industry,
        contracts.parent_customer_id,
        contracts.plan,
        null as company_id,
    from {{ ref('stg_contracts__customers') }} as contracts

    union all

    -- Whoever pays is a customer, also where no customer row says so.
    select distinct
        segments.customer_id,
        3 as precedence,
        null as customer_name,
        null as segment,
        null as region,
        null as channel,
        null as industry,
        null as parent_customer_id,
        null as plan,
        null as company_id,
    from {{ ref('int_subscriptions__segments') }} as segments

    union all

    select
        accounts.customer_id,
        4 as precedence,
        accounts.account_name as customer_name,
        null as segment,
        null as region,
        accounts.signup_channel as channel,
        null as industry,
        null as parent_customer_id,
        null as plan,
        accounts.hubspot_company_id as company_id,
    from {{ ref('int_customers__accounts') }} as accounts

    union all

    select
        companies.stripe_customer_id as customer_id,
        5 as precedence,
        null as customer_name,
        null as segment,
        null as region,
        null as channel,
        null as industry,
        null as parent_customer_id,
        null as plan,
        companies.company_id,
    from {{ ref('stg_hubspot__companies') }} as companies
    inner join {{ ref('stg_stripe__customers') }} as billing
        on companies.stripe_customer_id = billing.customer_id

),

-- The first source that says something wins, attribute by attribute.
merged as (

    select
        customers.customer_id,
        arg_min(customers.customer_name, customers.precedence)
        filter (where customers.customer_name is not null) as customer_name,
        arg_min(customers.segment, customers.precedence)
        filter (where customers.segment is not null) as segment,
        arg_min(customers.region, customers.precedence)
        filter (where customers.region is not null) as region,
        arg_min(customers.channel, customers.precedence)
        filter (where customers.channel is not null) as channel,
        arg_min(customers.industry, customers.precedence)
        filter (where customers.industry is not null) as industry,
        arg_min(customers.plan, customers.precedence)
        filter (where customers.plan is not null) as plan,
        arg_min(customers.parent_customer_id, customers.precedence)
        filter (where customers.parent_customer_id is not null) as parent_customer_id,
        arg_min(customers.company_id, customers.precedence)
        filter (where customers.company_id is not null) as company_id,
    from customers
    where customers.customer_id is not null
    group by customers.customer_id

)

select
    merged.customer_id,
    merged.customer_name,
    coalesce(companies.segment, merged.segment) as segment,
    coalesce(companies.region, merged.region) as region,
    coalesce(companies.channel, merged.channel) as channel,
    coalesce(merged.industry, companies.industry) as industry,
    merged.plan,
    merged.parent_customer_id,
    companies.company_id,
from merged
left join {{ ref('int_customers__companies') }} as ids
    on merged.company_id = ids.company_id
left join {{ ref('stg_hubspot__companies') }} as companies
    on ids.surviving_company_id = companies.company_id
