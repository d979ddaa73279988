select
    owner.owner_id,
    nullif(trim(concat_ws(' ', owner.first_name, owner.last_name)), '') as owner_name,
    owner._file,
    owner._file_row,
    owner._load_id,
from
    {{ latest_rows(source('hubspot', 'owner'), ['owner_id'], version_by='_fivetran_synced') }}
        as owner
