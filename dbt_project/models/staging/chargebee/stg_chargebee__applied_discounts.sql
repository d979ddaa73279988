with

{% set coupon = '[{"coupon_id": "VARCHAR", "apply_till": "BIGINT"}]' -%}
{% set discount = '[{"id": "VARCHAR", "type": "VARCHAR", "percentage": "DOUBLE", '
    ~ '"amount": "BIGINT", "duration_type": "VARCHAR", "period": "BIGINT", '
    ~ '"period_unit": "VARCHAR", "apply_on": "VARCHAR", "apply_till": "BIGINT"}]' -%}

of_coupons as (

    select
        versions.*,
        unnest(json_transform(versions.coupons, '{{ coupon }}')) as applied,
    from {{ ref('stg_chargebee__subscription_versions') }} as versions

),

by_hand as (

    select
        versions.*,
        unnest(json_transform(versions.discounts, '{{ discount }}')) as applied,
    from {{ ref('stg_chargebee__subscription_versions') }} as versions

)

select
    of_coupons.subscription_id,
    of_coupons.applied.coupon_id,
    epoch_ms(1000 * of_coupons.applied.apply_till) as applies_until,
    false as is_manual,
    cast(null as varchar) as duration_type,
    cast(null as bigint) as period,
    cast(null as varchar) as period_unit,
    cast(null as double) as percentage,
    cast(null as bigint) as amount_minor,
    cast(null as varchar) as currency,
    true as is_of_whole,
    of_coupons.updated_at,
    of_coupons._file,
    of_coupons._file_row,
    of_coupons._file_order,
from of_coupons

union all

select
    by_hand.subscription_id,
    by_hand.applied.id as coupon_id,
    epoch_ms(1000 * by_hand.applied.apply_till) as applies_until,
    true as is_manual,
    by_hand.applied.duration_type,
    by_hand.applied.period,
    by_hand.applied.period_unit,
    by_hand.applied.percentage,
    by_hand.applied.amount as amount_minor,
    by_hand.currency,
    coalesce(by_hand.applied.apply_on, 'invoice_amount') = 'invoice_amount' as is_of_whole,
    by_hand.updated_at,
    by_hand._file,
    by_hand._file_row,
    by_hand._file_order,
from by_hand
