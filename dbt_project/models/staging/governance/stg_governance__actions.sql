select
    action_log.id as action_id,
    action_log.metric_id,
    action_log.breach_id,
    action_log.intervention_id,
    action_log.customer_id,
    action_log.opened_at,
    action_log.acted_at,
    action_log.due_on,
    action_log.closed_at,
    coalesce({{ code_of('action_log.owner_role', 'owner_role') }}, 'unknown') as owner_role,
    {{ code_of('action_log.outcome', 'outcome') }} as outcome,
    {{ code_of('action_log.lesson', 'lesson') }} as lesson,
    action_log.action as action_text,
    {{ text_beside('action_log.outcome', 'outcome') }} as outcome_text,
    {{ text_beside('action_log.lesson', 'lesson') }} as lesson_text,
    {{ text_beside('action_log.owner_role', 'owner_role') }} as owner_role_text,
    action_log._file,
    action_log._file_row,
    action_log._load_id,
from
    {{ latest_rows(
        source('governance', 'action_log'),
        ['id'],
        version_by='updated_at'
    ) }}
        as action_log
where not coalesce(action_log.is_deleted, false)
