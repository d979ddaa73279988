-- A repeated sync delivers a change again; ticket, field and time tell them apart.
select
    history.ticket_id,
    lower(history.field_name) as field_name,
    history.updated as changed_at,
    lower(history.value) as value,
    history._file,
    history._file_row,
    history._load_id,
from
    {{ latest_rows(
        source('zendesk', 'ticket_field_history'),
        ['ticket_id', 'field_name', 'updated'],
        version_by='_fivetran_synced'
    ) }}
        as history
