select
    deployment.id as deployment_id,
    coalesce(deployment.service, 'unknown') as service,
    deployment.repository as repository_name,
    lower(trim(deployment.environment)) as environment,
    lower(deployment.result) as result,
    deployment.finished_at,
    deployment.commit_sha,
    deployment.rollback_of_deployment_id,
    deployment._file,
    deployment._file_row,
    deployment._load_id,
from {{ latest_rows(source('cicd', 'deployment'), ['id'], version_by='finished_at') }} as deployment
where not coalesce(deployment.is_deleted, false)
