select
    service.id as service_id,
    service.name as service,
    coalesce(service.team, 'unknown') as team,
    service.created_at,
    {{ deleted_at('service') }} as deleted_at,
    service._file,
    service._file_row,
    service._load_id,
from
    {{ latest_rows(
        source('pagerduty', 'service'),
        ['id'],
        version_by='_fivetran_synced',
        has_deletions=true
    ) }}
        as service
