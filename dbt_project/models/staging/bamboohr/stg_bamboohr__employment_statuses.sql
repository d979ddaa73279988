select
    status.id as employment_status_id,
    status.employee_id,
    status.date as changed_on,
    lower(status.employment_status) as employment_status,
    lower(trim(status.termination_type)) as termination_type,
    nullif(trim(status.termination_reason), '') as reason_text,
    status._file,
    status._file_row,
    status._load_id,
from
    {{ latest_rows(source('bamboohr', 'employment_status'), ['id'], version_by='last_changed') }}
        as status
where not {{ is_deleted('status') }}
