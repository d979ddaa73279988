select
    link.deal_id,
    link.company_id,
    link._file,
    link._file_row,
    link._load_id,
from
    {{ latest_rows(
        source('hubspot', 'deal_company'),
        ['deal_id', 'company_id'],
        version_by='_fivetran_synced'
    ) }}
        as link
