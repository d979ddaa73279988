select
    contact.id as contact_id,
    lower(split_part(contact.property_email, '@', 2)) as domain,
    contact.property_createdate as created_at,
    contact._file,
    contact._file_row,
    contact._load_id,
from
    {{ latest_rows(source('hubspot', 'contact'), ['id'], version_by='_fivetran_synced') }}
        as contact
where not {{ is_deleted('contact') }}
