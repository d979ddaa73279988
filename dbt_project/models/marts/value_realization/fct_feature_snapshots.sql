-- Grain: one row per customer that uses the product, core feature and month end (and the
-- run's day): was the feature used in the 30 days that end on it?
with

core_features as (

    select distinct value_events.feature,
    from {{ ref('value_events') }} as value_events
    where value_events.is_core

),

customer_snapshots as (

    select
        usage.customer_id,
        usage.snapshot_on,
        usage.segment,
        usage.plan,
        usage.region,
        usage.channel,
    from {{ ref('fct_usage_snapshots') }} as usage
    inner join {{ ref('int_calendar__months') }} as months
        on usage.snapshot_on = months.period_end_on
    where usage.is_subscribed

),

used as (

    select distinct
        accounts.customer_id,
        features.snapshot_on,
        features.feature,
    from {{ ref('int_product__feature_snapshots') }} as features
    inner join {{ ref('int_customers__accounts') }} as accounts
        on features.account_id = accounts.account_id

),

fct_feature_snapshots as (

    select
        customer_snapshots.customer_id,
        customer_snapshots.snapshot_on,
        core_features.feature,
        cast(case when used.feature is not null then 1 else 0 end as integer)
            as used_count,
        cast(1 as integer) as available_count,
        customer_snapshots.segment,
        customer_snapshots.plan,
        customer_snapshots.region,
        customer_snapshots.channel,
    from customer_snapshots
    cross join core_features
    left join used
        on
            customer_snapshots.customer_id = used.customer_id
            and customer_snapshots.snapshot_on = used.snapshot_on
            and core_features.feature = used.feature

)

select * from fct_feature_snapshots
