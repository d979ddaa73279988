-- Grain: one row per customer, day of expansion or contraction, currency and reason.
with

first_paid_products as (

    select
        segments.customer_id,
        segments.product_id,
        min(segments.valid_from) as first_paid_on,
    from {{ ref('int_subscriptions__segments') }} as segments
    where segments.net_mrr > 0
    group by segments.customer_id, segments.product_id

),

changes as (

    select
        changes.*,
        max(changes.is_paying and not changes.was_paying) over customer_day
            as has_appearing,
        max(changes.was_paying and not changes.is_paying) over customer_day
            as has_disappearing,
    from {{ ref('int_mrr__item_changes') }} as changes
    inner join {{ ref('int_mrr__customer_days') }} as days
        on
            changes.customer_id = days.customer_id
            and changes.occurred_on = days.occurred_on
    where
        days.movement_type in ('expansion', 'contraction')
        and (changes.was_paying or changes.is_paying)
    window customer_day as (partition by changes.customer_id, changes.occurred_on)

),

effects as (

    select
        changes.customer_id,
        changes.occurred_on,
        changes.currency,
        'seats' as movement_reason,
        (changes.quantity_after - changes.quantity_before)
        * changes.unit_before
        * changes.ratio_before as effect,
    from changes
    where changes.was_paying and changes.is_paying

    union all

    select
        changes.customer_id,
        changes.occurred_on,
        changes.currency,
        case
            when changes.product_before = changes.product_after then 'price' else 'tier'
        end as movement_reason,
        changes.quantity_after
        * (changes.unit_after - changes.unit_before)
        * changes.ratio_before as effect,
    from changes
    where changes.was_paying and changes.is_paying

    union all

    select
        changes.customer_id,
        changes.occurred_on,
        changes.currency,
        case
            when changes.ratio_after > changes.ratio_before then 'discount_expiry'
            else 'discount_start'
        end as movement_reason,
        changes.quantity_after
        * changes.unit_after
        * (changes.ratio_after - changes.ratio_before) as effect,
    from changes
    where changes.was_paying and changes.is_paying

    union all

    select
        changes.customer_id,
        changes.occurred_on,
        changes.currency,
        case
            when changes.has_disappearing then 'tier'
            when first_paid_products.first_paid_on < changes.occurred_on then 'seats'
            else 'product'
        end as movement_reason,
        changes.net_after as effect,
    from changes
    left join first_paid_products
        on
            changes.customer_id = first_paid_products.customer_id
            and changes.product_after = first_paid_products.product_id
    where changes.is_paying and not changes.was_paying

    union all

    select
        changes.customer_id,
        changes.occurred_on,
        changes.currency,
        case
            when changes.has_appearing then 'tier'
            when changes.status_after = 'paused' then 'pause'
            when changes.status_after = 'unpaid' then 'involuntary'
            else 'product'
        end as movement_reason,
        -changes.net_before as effect,
    from changes
    where changes.was_paying and not changes.is_paying

)

select
    effects.customer_id,
    effects.occurred_on,
    effects.currency,
    effects.movement_reason,
    round({{ exact_sum('effects.effect') }}, 6) as effect,
from effects
group by
    effects.customer_id, effects.occurred_on, effects.currency, effects.movement_reason
having abs({{ exact_sum('effects.effect') }}) >= 0.00005
