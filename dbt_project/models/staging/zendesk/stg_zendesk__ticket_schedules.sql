select
    applied.ticket_id,
    applied.schedule_id,
    applied.created_at as applied_at,
    applied._file,
    applied._file_row,
    applied._load_id,
from
    {{ latest_rows(
        source('zendesk', 'ticket_schedule'),
        ['ticket_id', 'created_at'],
        version_by='_fivetran_synced'
    ) }}
        as applied
