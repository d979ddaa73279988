select
    review.id as review_id,
    review.metric_id,
    review.due_on,
    review.held_on,
    {{ code_of('review.conclusion', 'conclusion') }} as conclusion,
    {{ text_beside('review.conclusion', 'conclusion') }} as conclusion_text,
    coalesce({{ code_of('review.owner_role', 'owner_role') }}, 'unknown') as owner_role,
    {{ text_beside('review.owner_role', 'owner_role') }} as owner_role_text,
    review._file,
    review._file_row,
    review._load_id,
from {{ latest_rows(source('governance', 'review'), ['id'], version_by='updated_at') }} as review
