-- Grain: one row per discount of a billing source that has a timeline.
{{ billing_rows('discounts', [
    'discount_id', 'coupon_id', 'customer_id', 'subscription_id', 'invoice_id', 'invoice_item_id',
    'started_at', 'ended_at', 'deleted_at',
]) }}
