select
    team.id as group_id,
    team.name as team,
    team._file,
    team._file_row,
    team._load_id,
from
    {{ latest_rows(source('zendesk', 'group'), ['id'], version_by='_fivetran_synced') }}
        as team
