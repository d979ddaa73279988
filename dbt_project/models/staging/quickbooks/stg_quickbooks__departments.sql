select
    department.id as department_id,
    department.name as department_name,
    department._file,
    department._file_row,
    department._load_id,
from
    {{ latest_rows(source('quickbooks', 'department'), ['id'], version_by='_fivetran_synced') }}
        as department
