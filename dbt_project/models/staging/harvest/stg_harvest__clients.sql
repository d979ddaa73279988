select
    client.id as client_id,
    lower(client.currency) as currency,
    client.external_id,
    lower(client.domain) as domain,
    client._file,
    client._file_row,
    client._load_id,
from
    {{ latest_rows(source('harvest', 'client'), ['id'], version_by='updated_at') }}
        as client
