-- Grain: one row per customer that uses the product.
with

environments as (

    select
        environments.account_id,
        cast(min(environments.requested_at) as date) as requested_on,
        -- Provisioned when every promised environment is ready, not when the first is.
        case
            when
                count(*) filter (where cast(environments.ready_at as date) <= run.as_of)
                = count(*)
                then cast(max(environments.ready_at) as date)
        end as provisioned_on,
    from {{ ref('stg_app__environments') }} as environments
    cross join {{ ref('int_calendar__run') }} as run
    -- One that is asked for later was not yet promised.
    where coalesce(cast(environments.requested_at as date), run.as_of) <= run.as_of
    group by environments.account_id

),

first_values as (

    select
        days.account_id,
        min(days.occurred_on) as first_value_on,
    from {{ ref('int_product__feature_days') }} as days
    cross join {{ ref('int_calendar__run') }} as run
    where days.is_first_value and days.occurred_on <= run.as_of
    group by days.account_id

),

subscriptions as (

    select
        segments.customer_id,
        min(segments.valid_from) as subscribed_on,
        min(segments.valid_from) filter (where segments.net_mrr > 0) as purchased_on,
    from {{ ref('int_subscriptions__segments') }} as segments
    group by segments.customer_id

)

select
    accounts.customer_id,
    min(subscriptions.subscribed_on) as subscribed_on,
    min(subscriptions.purchased_on) as purchased_on,
    min(environments.provisioned_on) as provisioned_on,
    min(first_values.first_value_on) as first_value_on,
from {{ ref('int_customers__accounts') }} as accounts
left join environments
    on accounts.account_id = environments.account_id
left join first_values
    on accounts.account_id = first_values.account_id
left join subscriptions
    on accounts.customer_id = subscriptions.customer_id
group by accounts.customer_id
