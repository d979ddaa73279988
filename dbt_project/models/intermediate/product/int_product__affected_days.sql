-- Grain: one row per day that holds events of loads which no finished build has seen, or repeats
-- of them.
{%- set is_anew = (flags.FULL_REFRESH or false) | lower %}
with

new_events as (

    select
        tracks.event_id,
        tracks.occurred_at,
    from {{ ref('stg_segment__tracks') }} as tracks
    where
        tracks.occurred_at is not null
        and (
            {{ is_anew }}
            or tracks._load_id in (
                select files.load_id,
                from {{ ref('stg_raw_meta__files') }} as files
                where
                    files.is_new
                    and files.source_name = 'segment'
                    and files.object_name = 'tracks'
            )
        )

)

select cast(new_events.occurred_at as date) as occurred_on,
from new_events

union

select cast(tracks.occurred_at as date) as occurred_on,
from {{ ref('stg_segment__tracks') }} as tracks
inner join new_events
    on
        tracks.event_id = new_events.event_id
        and tracks.occurred_at >= new_events.occurred_at
        and tracks.occurred_at <= {{ dbt.dateadd(
            'day', var('dedupe_window_days'), 'new_events.occurred_at'
        ) }}
where
    not {{ is_anew }}
    and tracks.occurred_at >= (select min(firsts.occurred_at) from new_events as firsts)
