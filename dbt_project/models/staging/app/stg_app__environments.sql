select
    environment.id as environment_id,
    environment.account_id,
    environment.requested_at,
    environment.promised_at,
    environment.ready_at,
    environment._file,
    environment._file_row,
    environment._load_id,
from {{ latest_rows(source('app', 'environment'), ['id'], version_by='updated_at') }} as environment
