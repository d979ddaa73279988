-- Grain: one row per customer, currency and run of days with one balance, local.
with

deltas as (

    select
        segments.customer_id,
        segments.currency,
        segments.valid_from as changed_on,
        segments.net_mrr,
        segments.list_mrr,
        segments.trial_mrr,
    from {{ ref('int_subscriptions__segments') }} as segments

    union all

    select
        segments.customer_id,
        segments.currency,
        segments.valid_to as changed_on,
        -segments.net_mrr as net_mrr,
        -segments.list_mrr as list_mrr,
        -segments.trial_mrr as trial_mrr,
    from {{ ref('int_subscriptions__segments') }} as segments
    where segments.valid_to < cast('9999-12-31' as date)

),

changes as (

    select
        deltas.customer_id,
        deltas.currency,
        deltas.changed_on,
        sum(deltas.net_mrr) as net_change,
        sum(deltas.list_mrr) as list_change,
        sum(deltas.trial_mrr) as trial_change,
    from deltas
    cross join {{ ref('int_calendar__run') }} as run
    where deltas.changed_on <= run.as_of
    group by deltas.customer_id, deltas.currency, deltas.changed_on

),

customer_days as (

    select distinct
        changes.customer_id,
        changes.changed_on,
    from changes

),

customer_currencies as (

    select
        changes.customer_id,
        changes.currency,
        count(*) over (partition by changes.customer_id) as currency_count,
    from changes
    group by changes.customer_id, changes.currency

)

select
    customer_days.customer_id,
    customer_currencies.currency,
    customer_currencies.currency_count,
    customer_days.changed_on as valid_from,
    lead(customer_days.changed_on, 1, cast('9999-12-31' as date)) over balance as valid_to,
    {{ as_mrr('coalesce(changes.net_change, 0)') }} as net_change,
    {{ as_mrr('sum(coalesce(changes.net_change, 0)) over balance') }} as net_mrr,
    {{ as_mrr('sum(coalesce(changes.list_change, 0)) over balance') }} as list_mrr,
    {{ as_mrr('sum(coalesce(changes.trial_change, 0)) over balance') }} as trial_mrr,
from customer_days
inner join customer_currencies
    on customer_days.customer_id = customer_currencies.customer_id
left join changes
    on
        customer_days.customer_id = changes.customer_id
        and customer_days.changed_on = changes.changed_on
        and customer_currencies.currency = changes.currency
window balance as (
    partition by customer_days.customer_id, customer_currencies.currency
    order by customer_days.changed_on
)
