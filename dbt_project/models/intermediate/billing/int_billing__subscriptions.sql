-- Grain: one row per subscription of a billing source that has a timeline.
{{ billing_rows('subscriptions', [
    'subscription_id', 'customer_id', 'status', 'created_at', 'started_at', 'ended_at',
    'cancel_at', 'is_cancelled_at_period_end', 'cancelled_at', 'current_period_ends_at',
    'trial_started_at', 'trial_ends_at', 'deleted_at', 'cancellation_reason_text',
    'cancellation_comment_text', '_file', '_file_row',
]) }}
