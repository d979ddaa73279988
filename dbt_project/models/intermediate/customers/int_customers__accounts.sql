-- Grain: one row per app account that is not a test, with the customer that it belongs to.
with

domains as (

    {{ domains_of_one_customer(ref('int_billing__customers')) }}

),

candidates as (

    select
        accounts.account_id,
        billing.customer_id,
        1 as precedence,
        'account names the billing customer' as matched_by,
    from {{ ref('stg_app__accounts') }} as accounts
    inner join {{ ref('int_billing__customers') }} as billing
        on accounts.stripe_customer_id = billing.customer_id
    where billing.is_named

    union all

    select
        billing.app_account_id as account_id,
        billing.customer_id,
        2 as precedence,
        'billing customer names the account' as matched_by,
    from {{ ref('int_billing__customers') }} as billing
    where billing.app_account_id is not null

    union all

    select
        accounts.account_id,
        domains.customer_id,
        3 as precedence,
        'domain' as matched_by,
    from {{ ref('stg_app__accounts') }} as accounts
    inner join domains
        on accounts.domain = domains.domain

)

select
    accounts.account_id,
    coalesce(candidates.customer_id, accounts.account_id) as customer_id,
    coalesce(candidates.matched_by, 'nothing') as matched_by,
    accounts.hubspot_company_id,
    accounts.signup_channel,
    accounts.account_name,
    accounts.created_at,
from {{ ref('stg_app__accounts') }} as accounts
left join candidates
    on accounts.account_id = candidates.account_id
qualify row_number() over (
    partition by accounts.account_id
    order by candidates.precedence nulls last, candidates.customer_id
) = 1
