select
    class.id as class_id,
    class.name as class_name,
    class._file,
    class._file_row,
    class._load_id,
from
    {{ latest_rows(source('quickbooks', 'class'), ['id'], version_by='_fivetran_synced') }}
        as class
