-- Grain: one row per subscription item and day on which it changes.
with

segments as (

    select
        segments.*,
        -- Present by its status, also at a price or quantity of 0.
        segments.status in ('active', 'past_due') as is_paying,
        case when segments.list_mrr > 0 then segments.net_mrr / segments.list_mrr else 1 end
            as net_ratio,
    from {{ ref('int_subscriptions__segments') }} as segments

)

select
    coalesce(after.customer_id, before.customer_id) as customer_id,
    coalesce(after.subscription_id, before.subscription_id) as subscription_id,
    coalesce(after.item_id, before.item_id) as item_id,
    coalesce(after.valid_from, before.valid_to) as occurred_on,
    coalesce(after.currency, before.currency) as currency,
    coalesce(before.is_paying, false) as was_paying,
    coalesce(after.is_paying, false) as is_paying,
    before.status as status_before,
    after.status as status_after,
    before.product_id as product_before,
    after.product_id as product_after,
    before.quantity as quantity_before,
    after.quantity as quantity_after,
    before.unit_mrr as unit_before,
    after.unit_mrr as unit_after,
    before.net_ratio as ratio_before,
    after.net_ratio as ratio_after,
    coalesce(before.net_mrr, 0) as net_before,
    coalesce(after.net_mrr, 0) as net_after,
from segments as before
full outer join segments as after
    on before.item_id = after.item_id and before.valid_to = after.valid_from
where coalesce(after.valid_from, before.valid_to) < cast('9999-12-31' as date)
