-- Grain: one row per customer, warning sign and day on which a spell of it began.
with

-- Of a notice the subscriptions that it ends; another sign is of all that the customer pays.
leaving as (

    select
        notices.customer_id,
        notices.began_on,
        sum(segments.net_mrr) filter (where segments.subscription_id = notices.subscription_id)
        / nullif(sum(segments.net_mrr), 0) as share,
        min(notices.takes_effect_on) as takes_effect_on,
        arg_max(notices.cancellation_reason, (segments.net_mrr, notices.subscription_id))
        filter (
            where segments.subscription_id = notices.subscription_id
            and notices.cancellation_reason is not null
        ) as cancellation_reason,
    from {{ ref('int_subscriptions__notices') }} as notices
    inner join {{ ref('int_subscriptions__segments') }} as segments
        on
            notices.customer_id = segments.customer_id
            and notices.began_on >= segments.valid_from
            and notices.began_on < segments.valid_to
    group by notices.customer_id, notices.began_on

),

customer_signals as (

    select
        spells.customer_id,
        spells.signal,
        spells.began_on,
        spells.ended_on,
        spells.ended_on is null as is_running,
        leaving.takes_effect_on,
        leaving.cancellation_reason,
        spells.value,
        spells.baseline,
        cast(
            balances.mrr
            * case when spells.signal = 'notice_given' then leaving.share else 1 end
            as decimal(38, 4)
        ) as mrr_at_stake,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from {{ ref('int_warnings__spells') }} as spells
    inner join {{ ref('dim_customers') }} as customers
        on spells.customer_id = customers.customer_id
    left join leaving
        on
            spells.signal = 'notice_given'
            and spells.customer_id = leaving.customer_id
            and spells.began_on = leaving.began_on
    asof left join {{ ref('fct_mrr_balances') }} as balances
        on
            spells.customer_id = balances.customer_id
            and spells.began_on >= balances.snapshot_on
    where spells.signal not in ('health_at_risk', 'health_watch')

)

select * from customer_signals
