select
    experiment.id as experiment_id,
    coalesce(experiment.metric_id, 'unknown') as metric_id,
    experiment.starts_on,
    experiment.ends_on,
    {{ code_of('experiment.owner_role', 'owner_role') }} as owner_role,
    experiment.name as name_text,
    experiment.hypothesis as hypothesis_text,
    experiment.status,
    coalesce(experiment.control_arm, 'control') as control_arm,
    coalesce(experiment.is_randomised, true) as is_randomised,
    cast(experiment.planned_split as varchar) as planned_split,
    experiment.planned_sample,
    experiment.minimum_cycles,
    coalesce(experiment.cycle_days, 7) as cycle_days,
    coalesce({{ dbt.safe_cast('experiment.secondary_metric_ids', 'varchar[]') }}, [])
        as secondary_metric_ids,
    coalesce({{ dbt.safe_cast('experiment.guardrail_metric_ids', 'varchar[]') }}, [])
        as guardrail_metric_ids,
    {{ text_beside('experiment.owner_role', 'owner_role') }} as owner_role_text,
    experiment._file,
    experiment._file_row,
    experiment._load_id,
from
    {{ latest_rows(source('governance', 'experiment'), ['id'], version_by='updated_at') }}
        as experiment
