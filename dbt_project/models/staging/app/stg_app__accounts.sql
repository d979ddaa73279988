select
    account.id as account_id,
    account.name as account_name,
    lower(account.domain) as domain,
    account.stripe_customer_id,
    account.hubspot_company_id,
    account.signup_channel,
    account.created_at,
    account.deleted_at,
    account._file,
    account._file_row,
    account._load_id,
from {{ latest_rows(source('app', 'account'), ['id'], version_by='updated_at') }} as account
where not coalesce(account.is_test, false)
