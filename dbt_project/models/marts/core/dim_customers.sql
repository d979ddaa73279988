-- Grain: one row per customer.
with

paid as (

    select
        days.customer_id,
        min(days.occurred_on) filter (where days.mrr_after > 0) as first_paid_on,
        max_by(days.occurred_on, days.occurred_on)
        filter (where days.mrr_before > 0 and days.mrr_after = 0) as last_stopped_on,
        max_by(days.mrr_after, days.occurred_on) as mrr_now,
    from {{ ref('int_mrr__customer_days') }} as days
    group by days.customer_id

),

dim_customers as (

    select
        attributes.customer_id,
        {{ keyed_hash('attributes.customer_name') }} as customer_name_hash,
        coalesce(attributes.segment, 'unknown') as segment,
        coalesce(plans.plan, attributes.plan, 'unknown') as plan,
        coalesce(attributes.region, 'unknown') as region,
        coalesce(attributes.channel, 'unknown') as acquisition_channel,
        coalesce(attributes.industry, 'unknown') as industry,
        coalesce(attributes.parent_customer_id, attributes.customer_id)
            as parent_customer_id,
        {{ keyed_hash('attributes.owner_id') }} as account_owner,
        paid.first_paid_on,
        case when paid.mrr_now = 0 then paid.last_stopped_on end as churned_on,
        coalesce(paid.mrr_now > 0, false) as is_active,
    from {{ ref('int_customers__attributes') }} as attributes
    left join {{ ref('int_customers__plans') }} as plans
        on attributes.customer_id = plans.customer_id
    left join paid
        on attributes.customer_id = paid.customer_id

)

select * from dim_customers
