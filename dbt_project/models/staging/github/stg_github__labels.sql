select
    label.id as label_id,
    lower(label.name) as label_name,
    label._file,
    label._file_row,
    label._load_id,
from {{ latest_rows(source('github', 'label'), ['id'], version_by='_fivetran_synced') }} as label
where not {{ is_deleted('label') }}
