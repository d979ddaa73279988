select
    pull_request.id as pull_request_id,
    pull_request.issue_id,
    pull_request.base_repo_id as repository_id,
    pull_request.merge_commit_sha,
    pull_request._file,
    pull_request._file_row,
    pull_request._load_id,
from
    {{ latest_rows(
        source('github', 'pull_request'),
        ['id'],
        version_by='_fivetran_synced'
    ) }}
        as pull_request
where not {{ is_deleted('pull_request') }}
