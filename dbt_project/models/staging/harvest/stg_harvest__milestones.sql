select
    milestone.id as milestone_id,
    milestone.project_id,
    milestone.due_on,
    milestone.completed_on,
    milestone.amount,
    milestone.client_rating,
    milestone.rated_on,
    milestone._file,
    milestone._file_row,
    milestone._load_id,
from
    {{ latest_rows(source('harvest', 'milestone'), ['id'], version_by='updated_at') }}
        as milestone
