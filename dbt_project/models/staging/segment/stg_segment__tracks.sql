select
    track.id as event_id,
    track.event as event_name,
    track.user_id,
    track.group_id as account_id,
    track.timestamp as occurred_at,
    track._file,
    track._file_row,
    track._file_order,
    track._load_id,
from {{ accepted_rows(source('segment', 'tracks')) }} as track
