select
    subscription.id as subscription_id,
    subscription._fivetran_synced as synced_at,
    subscription.status,
    subscription.cancel_at,
    coalesce(subscription.cancel_at_period_end, false) as is_cancelled_at_period_end,
    subscription.canceled_at as cancelled_at,
    {{ code_of('subscription.cancellation_details_feedback', 'cancellation_reason') }}
        as cancellation_reason,
    subscription.current_period_end as current_period_ends_at,
    subscription.pause_collection_behavior is not null as is_paused,
    subscription.pause_collection_resumes_at as pause_resumes_at,
    {{ is_deleted('subscription') }} as is_deleted,
    subscription._file,
    subscription._file_row,
    subscription._file_order,
    subscription._load_id,
from {{ accepted_rows(source('stripe', 'subscription')) }} as subscription
where coalesce(subscription.livemode, true)
