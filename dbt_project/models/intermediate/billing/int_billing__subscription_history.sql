-- Grain: one row per subscription of a billing source that delivers states, and moment from which
-- one holds.
{{ billing_rows('subscription_history', [
    'subscription_id', 'valid_from_at', 'customer_id', 'status', 'created_at', 'started_at',
    'ended_at', 'cancel_at', 'is_cancelled_at_period_end', 'cancelled_at',
    'current_period_ends_at', 'trial_started_at', 'trial_ends_at', 'is_paused', 'pause_resumes_at',
    'cancellation_reason', 'is_deleted', '_file', '_file_row', '_file_order',
]) }}
