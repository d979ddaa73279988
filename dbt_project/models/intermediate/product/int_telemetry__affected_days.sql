-- Grain: one row per day that holds request rollups of loads which no finished build has seen;
-- where all is built anew, every day.
select distinct cast(rollups.minute_at as date) as occurred_on,
from {{ ref('stg_telemetry__request_rollups') }} as rollups
where
    {{ (flags.FULL_REFRESH or false) | lower }}
    or rollups._load_id in (
        select files.load_id,
        from {{ ref('stg_raw_meta__files') }} as files
        where
            files.is_new
            and files.source_name = 'telemetry'
            and files.object_name = 'request_rollup'
    )
