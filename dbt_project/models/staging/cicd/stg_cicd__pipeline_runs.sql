select
    pipeline_run.id as pipeline_run_id,
    pipeline_run.repository as repository_name,
    lower(pipeline_run.result) as result,
    pipeline_run.finished_at,
    pipeline_run._file,
    pipeline_run._file_row,
    pipeline_run._load_id,
from
    {{ latest_rows(
        source('cicd', 'pipeline_run'),
        ['id'],
        version_by='finished_at'
    ) }}
        as pipeline_run
