select
    team.id as team_id,
    team.name as team_name,
    team._file,
    team._file_row,
    team._load_id,
from
    {{ latest_rows(source('hubspot', 'team'), ['id'], version_by='_fivetran_synced') }}
        as team
