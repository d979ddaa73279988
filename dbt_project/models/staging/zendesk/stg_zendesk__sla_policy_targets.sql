select
    target.sla_policy_id,
    target.sla_policy_updated_at as valid_from_at,
    lower(target.metric) as sla_metric,
    lower(target.priority) as priority,
    60 * target.target as target_seconds,
    coalesce(target.business_hours, false) as is_in_business_hours,
    target._file,
    target._file_row,
    target._load_id,
from
    {{ latest_rows(
        source('zendesk', 'sla_policy_metric_history'),
        ['sla_policy_id', 'sla_policy_updated_at', 'metric', 'priority'],
        version_by='_fivetran_synced'
    ) }}
        as target
