select
    versions.subscription_id,
    versions.customer_id,
    case when versions.has_ended then 'canceled' else versions.status end as status,
    versions.created_at,
    versions.started_at,
    case when versions.has_ended then versions.ends_at end as ended_at,
    versions.cancel_at,
    versions.is_cancelled_at_period_end,
    coalesce(versions.cancelled_at, case when versions.has_ended then versions.ends_at end)
        as cancelled_at,
    versions.cancellation_reason_text,
    -- It delivers no words beside the code.
    cast(null as varchar) as cancellation_comment_text,
    versions.current_period_ends_at,
    versions.trial_started_at,
    versions.trial_ends_at,
    case when versions.is_deleted then versions.updated_at end as deleted_at,
    versions.interval_unit,
    versions.interval_count,
    versions._file,
    versions._file_row,
    versions._load_id,
from {{ ref('stg_chargebee__subscription_versions') }} as versions
qualify row_number() over (
    partition by versions.subscription_id
    order by versions.updated_at desc, versions._file_order desc, versions._file_row desc
) = 1
