select
    review.id as review_id,
    review.pull_request_id,
    upper(review.state) as state,
    review.submitted_at,
    review.user_id,
    review._file,
    review._file_row,
    review._load_id,
from
    {{ latest_rows(
        source('github', 'pull_request_review'),
        ['id'],
        version_by='_fivetran_synced'
    ) }}
        as review
where not {{ is_deleted('review') }}
