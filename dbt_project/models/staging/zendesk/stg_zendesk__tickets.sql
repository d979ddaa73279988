select
    ticket.id as ticket_id,
    ticket.created_at,
    ticket.updated_at,
    lower(ticket.status) as status,
    lower(ticket.priority) as priority,
    ticket.organization_id,
    ticket.requester_id,
    ticket.group_id,
    regexp_extract_all(ticket.merged_ticket_ids, '[^][, "]+') as merged_ticket_ids,
    coalesce(ticket._fivetran_deleted, false) or coalesce(lower(ticket.status) = 'deleted', false)
        as is_deleted,
    ticket._file,
    ticket._file_row,
    ticket._load_id,
from
    {{ latest_rows(source('zendesk', 'ticket'), ['id'], version_by='_fivetran_synced') }}
        as ticket
