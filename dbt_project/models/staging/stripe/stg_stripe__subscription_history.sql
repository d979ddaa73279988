-- A repeated sync delivers a state again; its beginning tells them apart.
select
    history.id as subscription_id,
    history.customer_id,
    coalesce(history._fivetran_start, history._fivetran_synced) as valid_from_at,
    history.status,
    history.created as created_at,
    history.start_date as started_at,
    history.ended_at,
    history.cancel_at,
    coalesce(history.cancel_at_period_end, false) as is_cancelled_at_period_end,
    history.canceled_at as cancelled_at,
    {{ code_of('history.cancellation_details_feedback', 'cancellation_reason') }}
        as cancellation_reason,
    history.current_period_end as current_period_ends_at,
    history.trial_start as trial_started_at,
    history.trial_end as trial_ends_at,
    history.pause_collection_behavior is not null as is_paused,
    history.pause_collection_resumes_at as pause_resumes_at,
    {{ is_deleted('history') }} as is_deleted,
    history._file,
    history._file_row,
    history._file_order,
    history._load_id,
from {{ accepted_rows(source('stripe', 'subscription_history')) }} as history
where coalesce(history.livemode, true)
qualify row_number() over (
    partition by history.id, coalesce(history._fivetran_start, history._fivetran_synced)
    order by history._fivetran_synced desc, history._file_order desc, history._file_row desc
) = 1
