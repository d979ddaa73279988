select
    decision.id as decision_id,
    decision.decided_on,
    {{ code_of('decision.outcome', 'decision') }} as outcome,
    {{ text_beside('decision.outcome', 'decision') }} as outcome_text,
    decision.title as title_text,
    decision.metric_id,
    decision.experiment_id,
    decision.action_id,
    decision.review_id,
    {{ code_of('decision.owner_role', 'owner_role') }} as owner_role,
    {{ text_beside('decision.owner_role', 'owner_role') }} as owner_role_text,
    decision._file,
    decision._file_row,
    decision._load_id,
from
    {{ latest_rows(source('governance', 'decision'), ['id'], version_by='updated_at') }}
        as decision
