-- Grain: one row per delivered version of a subscription of a billing source that has a timeline.
{{ billing_rows('subscription_versions', [
    'subscription_id', 'synced_at', 'status', 'cancel_at', 'is_cancelled_at_period_end',
    'cancelled_at', 'cancellation_reason', 'current_period_ends_at', 'is_paused',
    'pause_resumes_at', '_file', '_file_row', '_file_order',
]) }}
