select
    account.id as account_id,
    account.account_number,
    account.name as account_name,
    account.account_type,
    account.account_sub_type,
    lower(account.currency_id) as currency,
    coalesce(account.active, true) and not {{ is_deleted('account') }} as is_active,
    account._file,
    account._file_row,
    account._load_id,
from
    {{ latest_rows(source('quickbooks', 'account'), ['id'], version_by='_fivetran_synced') }}
        as account
