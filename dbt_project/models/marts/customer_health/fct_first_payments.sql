-- Grain: one row per customer that ever paid.
with

firsts as (

    select
        days.customer_id,
        min(days.occurred_on) filter (where days.movement_type = 'new') as first_paid_on,
        min(days.occurred_on) filter (where days.movement_type = 'churn') as first_churned_on,
    from {{ ref('int_mrr__customer_days') }} as days
    group by days.customer_id

),

fct_first_payments as (

    select
        firsts.customer_id,
        firsts.first_paid_on,
        firsts.first_churned_on,
        cast(1 as integer) as started_count,
        cast(
            case
                when
                    firsts.first_churned_on
                    < {{ dbt.dateadd('day', 90, 'firsts.first_paid_on') }}
                    then 1
                else 0
            end as integer
        ) as churned_within_90d_count,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from firsts
    inner join {{ ref('dim_customers') }} as customers
        on firsts.customer_id = customers.customer_id
    where firsts.first_paid_on is not null

)

select * from fct_first_payments
