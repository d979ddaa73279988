-- A repeated sync delivers a state again; its beginning tells them apart.
select
    history.id as subscription_id,
    coalesce(history._fivetran_start, history._fivetran_synced) as valid_from_at,
    history.status,
    history.pause_collection_behavior is not null as is_paused,
    history.pause_collection_resumes_at as pause_resumes_at,
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
