select
    link.engagement_id as task_id,
    link.company_id,
    link._file,
    link._file_row,
    link._load_id,
from
    {{ latest_rows(
        source('hubspot', 'engagement_company'),
        ['engagement_id', 'company_id'],
        version_by='_fivetran_synced'
    ) }}
        as link
