select
    pull_request_commit.pull_request_id,
    pull_request_commit.sha,
    pull_request_commit.authored_at,
    pull_request_commit._file,
    pull_request_commit._file_row,
    pull_request_commit._load_id,
from
    {{ latest_rows(
        source('github', 'pull_request_commit'),
        ['pull_request_id', 'sha'],
    ) }}
        as pull_request_commit
