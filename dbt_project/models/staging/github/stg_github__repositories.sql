select
    repository.id as repository_id,
    repository.name as repository_name,
    repository._file,
    repository._file_row,
    repository._load_id,
from
    {{ latest_rows(
        source('github', 'repository'),
        ['id'],
        version_by='_fivetran_synced'
    ) }}
        as repository
