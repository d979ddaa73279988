select
    review.id as review_id,
    review.metric_id,
    review.due_on,
    review.held_on,
    {{ code_of('review.conclusion', 'conclusion') }} as conclusion,
    {{ text_beside('review.conclusion', 'conclusion') }} as conclusion_text,
    coalesce(review.owner_role, 'unknown') as owner_role,
    review._file,
    review._file_row,
    review._load_id,
from {{ latest_rows(source('governance', 'review'), ['id'], version_by='updated_at') }} as review
