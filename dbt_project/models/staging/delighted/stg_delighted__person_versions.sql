select
    person.id as person_id,
    lower(split_part(person.email, '@', 2)) as domain,
    person.last_sent_at,
    person.created_at,
    person._file,
    person._file_row,
    person._load_id,
from {{ accepted_rows(source('delighted', 'person')) }} as person
