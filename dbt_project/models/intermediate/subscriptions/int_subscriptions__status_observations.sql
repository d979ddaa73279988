-- Grain: one row per observation of a subscription's status.
select
    history.subscription_id,
    history.valid_from_at as observed_at,
    -- At equal times history wins over the live table.
    1 as precedence,
    history.status,
    history.is_paused,
    history.pause_resumes_at,
    history.cancel_at,
    history.is_cancelled_at_period_end,
    history.cancelled_at,
    history.cancellation_reason,
    history.current_period_ends_at,
    history._file_order,
    history._file_row,
from {{ ref('int_billing__subscription_history') }} as history

union all

select
    versions.subscription_id,
    versions.synced_at as observed_at,
    0 as precedence,
    versions.status,
    versions.is_paused,
    versions.pause_resumes_at,
    versions.cancel_at,
    versions.is_cancelled_at_period_end,
    versions.cancelled_at,
    versions.cancellation_reason,
    versions.current_period_ends_at,
    versions._file_order,
    versions._file_row,
from {{ ref('int_billing__subscription_versions') }} as versions
