-- Grain: one row per customer and feature that it has ever used.
with

firsts as (

    select
        accounts.customer_id,
        days.feature,
        min(days.occurred_on) as first_used_on,
    from {{ ref('int_product__feature_days') }} as days
    inner join {{ ref('int_customers__accounts') }} as accounts
        on days.account_id = accounts.account_id
    where days.occurred_on <= {{ as_of() }}
    group by accounts.customer_id, days.feature

),

fct_feature_first_uses as (

    select
        firsts.customer_id,
        firsts.feature,
        firsts.first_used_on,
        cast(1 as integer) as first_use_count,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from firsts
    inner join {{ ref('dim_customers') }} as customers
        on firsts.customer_id = customers.customer_id

)

select * from fct_feature_first_uses
