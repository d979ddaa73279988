select
    incident.id as incident_id,
    incident.service_id,
    lower(incident.status) as status,
    lower(incident.urgency) as urgency,
    upper(incident.priority) as priority,
    incident.vendor_id,
    coalesce(incident.resolve_reason_type = 'merge_resolve_reason', false) as is_merged,
    incident.created_at,
    incident.resolved_at,
    incident._file,
    incident._file_row,
    incident._load_id,
from {{ latest_rows(source('pagerduty', 'incident'), ['id'], version_by='updated_at') }} as incident
where not coalesce(incident.is_deleted, false)
