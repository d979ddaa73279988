select
    project.id as project_id,
    project.client_id,
    project.code as package,
    coalesce(project.is_fixed_fee, false) as is_fixed_fee,
    project.starts_on,
    project.ends_on,
    project._file,
    project._file_row,
    project._load_id,
from
    {{ latest_rows(source('harvest', 'project'), ['id'], version_by='updated_at') }}
        as project
