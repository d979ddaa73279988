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

held as (

    select
        segments.customer_id,
        segments.product_id,
        least(segments.valid_to, {{ dbt.dateadd('day', 1, 'run.as_of') }}) as held_until,
        segments.status in ('active', 'past_due') as is_paying,
        sum(segments.agreed_mrr) as agreed_mrr,
    from {{ ref('int_subscriptions__segments') }} as segments
    cross join {{ ref('int_calendar__run') }} as run
    where segments.valid_from <= run.as_of
    group by all

),

-- The one with the largest MRR, today or when there last was one.
plans as (

    select
        held.customer_id,
        coalesce(products.product_name, held.product_id) as plan,
    from held
    left join {{ ref('int_billing__products') }} as products
        on held.product_id = products.product_id
    qualify row_number() over (
        partition by held.customer_id
        order by
            held.held_until desc, held.is_paying desc, held.agreed_mrr desc, held.product_id asc
    ) = 1

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
    left join plans
        on attributes.customer_id = plans.customer_id
    left join paid
        on attributes.customer_id = paid.customer_id

)

select * from dim_customers
