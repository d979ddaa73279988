select
    entry.id as time_entry_id,
    entry.user_id,
    entry.project_id,
    entry.spent_date as spent_on,
    entry.hours,
    coalesce(entry.billable, false) as is_billable,
    entry.billable_rate,
    entry._file,
    entry._file_row,
    entry._load_id,
from
    {{ latest_rows(source('harvest', 'time_entry'), ['id'], version_by='updated_at') }}
        as entry
