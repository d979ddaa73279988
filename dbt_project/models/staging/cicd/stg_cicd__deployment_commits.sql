select
    deployment_commit.deployment_id,
    deployment_commit.sha,
    deployment_commit._file,
    deployment_commit._file_row,
    deployment_commit._load_id,
from
    {{ latest_rows(
        source('cicd', 'deployment_commit'),
        ['deployment_id', 'sha'],
    ) }}
        as deployment_commit
