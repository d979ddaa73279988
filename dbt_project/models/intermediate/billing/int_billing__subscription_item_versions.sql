-- Grain: one row per delivered version of a subscription item of a billing source that has a
-- timeline.
{{ billing_rows('subscription_item_versions', [
    'item_id', 'subscription_id', 'synced_at', 'created_at', 'price_id', 'quantity',
    'current_period_ends_at', 'is_deleted', '_file', '_file_row', '_file_order',
]) }}
