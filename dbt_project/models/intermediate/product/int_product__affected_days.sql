-- Grain: one row per day that holds events of loads which no finished build has seen.
-- Late events name days of the past: those are computed again, and no others.
select distinct cast(tracks.occurred_at as date) as occurred_on,
from {{ ref('stg_segment__tracks') }} as tracks
where
    tracks._load_id in (
        select files.load_id,
        from {{ ref('stg_raw_meta__files') }} as files
        where
            files.is_new and files.source_name = 'segment' and files.object_name = 'tracks'
    )
    and tracks.occurred_at is not null
