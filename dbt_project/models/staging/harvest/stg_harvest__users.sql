select
    person.id as user_id,
    coalesce(person.roles ->> '$[0]', 'unknown') as team,
    person.weekly_capacity / 3600.0 as weekly_capacity_hours,
    cast(person.created_at as date) as starts_on,
    case when not coalesce(person.is_active, true) then cast(person.updated_at as date) end
        as ends_on,
    person._file,
    person._file_row,
    person._load_id,
from
    {{ latest_rows(source('harvest', 'user'), ['id'], version_by='updated_at') }}
        as person
