select
    person.id as user_id,
    person.account_id,
    person.invited_at,
    person.first_session_at,
    person.profile_completed_at,
    person.created_at,
    person.deleted_at,
    person._file,
    person._file_row,
    person._load_id,
from {{ latest_rows(source('app', 'user'), ['id'], version_by='updated_at') }} as person
