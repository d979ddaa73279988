-- Grain: one row per customer, with what billing, CRM and the product say of it.
with recursive

customers as (

    select
        billing.customer_id,
        billing.precedence,
        billing.customer_name,
        billing.segment,
        billing.region,
        billing.channel,
        billing.industry,
        billing.parent_customer_id,
        billing.plan,
        billing.hubspot_company_id as company_id,
    from {{ ref('int_billing__customers') }} as billing

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
    inner join {{ ref('int_billing__customers') }} as billing
        on companies.stripe_customer_id = billing.customer_id
    where billing.is_named

),

-- The first source that says something wins, attribute by attribute.
merged as (

    select
        customers.customer_id,
        arg_min(customers.customer_name, (customers.precedence, customers.customer_name))
        filter (where customers.customer_name is not null) as customer_name,
        arg_min(customers.segment, (customers.precedence, customers.segment))
        filter (where customers.segment is not null) as segment,
        arg_min(customers.region, (customers.precedence, customers.region))
        filter (where customers.region is not null) as region,
        arg_min(customers.channel, (customers.precedence, customers.channel))
        filter (where customers.channel is not null) as channel,
        arg_min(customers.industry, (customers.precedence, customers.industry))
        filter (where customers.industry is not null) as industry,
        arg_min(customers.plan, (customers.precedence, customers.plan))
        filter (where customers.plan is not null) as plan,
        arg_min(customers.parent_customer_id, (customers.precedence, customers.parent_customer_id))
        filter (where customers.parent_customer_id is not null) as parent_customer_id,
        arg_min(customers.company_id, (customers.precedence, customers.company_id))
        filter (where customers.company_id is not null) as company_id,
    from customers
    where customers.customer_id is not null
    group by customers.customer_id

),

described as (

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
        companies.owner_id,
    from merged
    left join {{ ref('int_customers__companies') }} as ids
        on merged.company_id = ids.company_id
    left join {{ ref('stg_hubspot__companies') }} as companies
        on ids.surviving_company_id = companies.company_id

),

-- The parent of a parent is the parent; ten steps are more than anybody has, but for circles.
ancestors as (

    select
        companies.company_id,
        companies.company_id as ancestor_id,
        0 as steps,
    from {{ ref('stg_hubspot__companies') }} as companies

    union all

    select
        ancestors.company_id,
        parents.surviving_company_id as ancestor_id,
        ancestors.steps + 1 as steps,
    from ancestors
    inner join {{ ref('stg_hubspot__companies') }} as companies
        on ancestors.ancestor_id = companies.company_id
    inner join {{ ref('int_customers__companies') }} as parents
        on companies.parent_company_id = parents.company_id
    where ancestors.steps < 10

),

roots as (

    select
        ancestors.company_id,
        max_by(ancestors.ancestor_id, ancestors.steps) as root_company_id,
    from ancestors
    group by ancestors.company_id
    having max(ancestors.steps) > 0

),

owners as (

    select
        described.company_id,
        min(described.customer_id) as customer_id,
    from described
    where described.company_id is not null
    group by described.company_id

)

select
    described.customer_id,
    described.customer_name,
    described.segment,
    described.region,
    described.channel,
    described.industry,
    described.plan,
    -- A holding that buys nothing is a parent all the same, under its id in the CRM.
    coalesce(described.parent_customer_id, owners.customer_id, roots.root_company_id)
        as parent_customer_id,
    described.company_id,
    described.owner_id,
from described
left join roots
    on described.company_id = roots.company_id
left join owners
    on roots.root_company_id = owners.company_id
