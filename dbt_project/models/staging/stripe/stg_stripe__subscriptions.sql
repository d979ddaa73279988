select
    subscription.id as subscription_id,
    subscription.customer_id,
    subscription.status,
    subscription.created as created_at,
    subscription.start_date as started_at,
    subscription.ended_at,
    subscription.cancel_at,
    coalesce(subscription.cancel_at_period_end, false) as is_cancelled_at_period_end,
    subscription.canceled_at as cancelled_at,
    {{ text_beside('subscription.cancellation_details_feedback', 'cancellation_reason') }}
        as cancellation_reason_text,
    nullif(trim(subscription.cancellation_details_comment), '') as cancellation_comment_text,
    subscription.current_period_end as current_period_ends_at,
    subscription.trial_start as trial_started_at,
    subscription.trial_end as trial_ends_at,
    subscription.pause_collection_behavior is not null as is_paused,
    subscription.pause_collection_resumes_at as pause_resumes_at,
    {{ deleted_at('subscription') }} as deleted_at,
    subscription._file,
    subscription._file_row,
    subscription._load_id,
from
    {{ latest_rows(
        source('stripe', 'subscription'),
        ['id'],
        version_by='_fivetran_synced',
        has_deletions=true
    ) }}
        as subscription
where coalesce(subscription.livemode, true)
