select
    policy.ticket_id,
    policy.sla_policy_id,
    policy.policy_applied_at as applied_at,
    policy._file,
    policy._file_row,
    policy._load_id,
from
    {{ latest_rows(
        source('zendesk', 'ticket_sla_policy'),
        ['ticket_id', 'sla_policy_id', 'policy_applied_at'],
        version_by='_fivetran_synced'
    ) }}
        as policy
