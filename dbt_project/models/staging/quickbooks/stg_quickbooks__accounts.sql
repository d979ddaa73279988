select
    account.id as account_id,
    account.account_number,
    account.name as account_name,
    account.account_type,
    account._file,
    account._file_row,
    account._load_id,
from
    {{ latest_rows(source('quickbooks', 'account'), ['id'], version_by='_fivetran_synced') }}
        as account
