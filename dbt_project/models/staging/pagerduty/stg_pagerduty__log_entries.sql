select
    log_entry.id as log_entry_id,
    log_entry.incident_id,
    log_entry.type as entry_type,
    log_entry.created_at,
    log_entry._file,
    log_entry._file_row,
    log_entry._file_order,
    log_entry._load_id,
from {{ accepted_rows(source('pagerduty', 'log_entry')) }} as log_entry
