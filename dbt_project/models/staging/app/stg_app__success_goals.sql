select
    goal.id as goal_id,
    goal.account_id,
    goal.name as goal_name,
    goal.unit,
    goal.baseline_value,
    goal.goal_value,
    goal.achieved_value,
    goal.due_on,
    goal.achieved_on,
    goal._file,
    goal._file_row,
    goal._load_id,
from {{ latest_rows(source('app', 'success_goal'), ['id'], version_by='updated_at') }} as goal
