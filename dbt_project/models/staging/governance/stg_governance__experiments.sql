select
    experiment.id as experiment_id,
    experiment.metric_id,
    experiment.starts_on,
    experiment.ends_on,
    experiment.owner_role,
    experiment.status,
    experiment._file,
    experiment._file_row,
    experiment._load_id,
from
    {{ latest_rows(source('governance', 'experiment'), ['id'], version_by='updated_at') }}
        as experiment
