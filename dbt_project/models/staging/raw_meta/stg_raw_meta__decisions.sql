select
    cast(decisions.decision_number as varchar) as decision_id,
    decisions.decision,
    decisions.load_id,
    decisions.source as source_name,
    decisions.object as object_name,
    decisions.path,
    cast(decisions.decided_at as date) as decided_on,
    decisions.decided_by as decided_by_text,
    decisions.reason as reason_text,
from {{ source('raw_meta', 'decisions') }} as decisions
