select
    issue.id as issue_id,
    issue.repository_id,
    coalesce(issue.pull_request, false) as is_pull_request,
    issue.created_at,
    issue.closed_at,
    issue.user_id,
    issue._file,
    issue._file_row,
    issue._load_id,
from {{ latest_rows(source('github', 'issue'), ['id'], version_by='_fivetran_synced') }} as issue
where not {{ is_deleted('issue') }}
