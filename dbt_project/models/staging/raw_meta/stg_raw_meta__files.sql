select
    files.load_id,
    files.source as source_name,
    files.object as object_name,
    files.path,
    files.status,
    files.rows_loaded,
    files.rows_rejected,
    files.loaded_at,
    files.min_event_at,
    files.max_event_at,
    -- Not yet part of a finished build: incremental models recompute what it touches.
    files.built_at is null as is_new,
from {{ source('raw_meta', 'files') }} as files
where files.status = 'accepted'
