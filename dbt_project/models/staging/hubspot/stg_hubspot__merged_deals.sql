select
    merged.deal_id,
    merged.merged_deal_id,
    merged._file,
    merged._file_row,
    merged._load_id,
from
    {{ latest_rows(
        source('hubspot', 'merged_deal'),
        ['deal_id', 'merged_deal_id'],
        version_by='_fivetran_synced'
    ) }}
        as merged
