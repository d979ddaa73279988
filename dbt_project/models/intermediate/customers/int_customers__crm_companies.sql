-- Grain: one row per company of the CRM, merges followed, with the customer that it is.
with

domains as (

    select
        billing.domain,
        billing.customer_id,
    from {{ ref('int_billing__customers') }} as billing

    union

    select
        app_accounts.domain,
        accounts.customer_id,
    from {{ ref('stg_app__accounts') }} as app_accounts
    inner join {{ ref('int_customers__accounts') }} as accounts
        on app_accounts.account_id = accounts.account_id

),

verified as (

    {{ domains_of_one_customer('domains') }}

),

named as (

    select
        attributes.company_id,
        attributes.customer_id,
        1 as precedence,
        'named by the customer' as matched_by,
    from {{ ref('int_customers__attributes') }} as attributes
    where attributes.company_id is not null

    union all

    select
        companies.company_id,
        verified.customer_id,
        2 as precedence,
        'domain' as matched_by,
    from {{ ref('stg_hubspot__companies') }} as companies
    inner join verified
        on companies.domain = verified.domain

),

chosen as (

    select named.*
    from named
    qualify row_number() over (
        partition by named.company_id order by named.precedence, named.customer_id
    ) = 1

)

select
    ids.company_id,
    ids.surviving_company_id,
    chosen.customer_id,
    coalesce(chosen.matched_by, 'nothing') as matched_by,
    coalesce(survivors.segment, 'unknown') as segment,
    coalesce(survivors.region, 'unknown') as region,
    coalesce(survivors.channel, 'unknown') as channel,
    survivors.domain,
    survivors.created_at,
    survivors.is_deleted,
from {{ ref('int_customers__companies') }} as ids
inner join {{ ref('stg_hubspot__companies') }} as survivors
    on ids.surviving_company_id = survivors.company_id
left join chosen
    on ids.surviving_company_id = chosen.company_id
