select
    person.id as user_id,
    lower(person.role) as role,
    person.organization_id,
    person._file,
    person._file_row,
    person._load_id,
from
    {{ latest_rows(source('zendesk', 'user'), ['id'], version_by='_fivetran_synced') }}
        as person
