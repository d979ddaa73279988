select
    customer.id as customer_id,
    lower(customer.currency) as currency,
    customer.name as customer_name,
    customer.email,
    customer.created as created_at,
    {{ deleted_at('customer') }} as deleted_at,
    json_extract_string(customer.metadata, '$.app_account_id') as app_account_id,
    json_extract_string(customer.metadata, '$.hubspot_company_id') as hubspot_company_id,
    json_extract_string(customer.metadata, '$.segment') as segment,
    json_extract_string(customer.metadata, '$.region') as region,
    json_extract_string(customer.metadata, '$.channel') as channel,
    customer._file,
    customer._file_row,
    customer._load_id,
from
    {{ latest_rows(
        source('stripe', 'customer'),
        ['id'],
        version_by='_fivetran_synced',
        has_deletions=true
    ) }}
        as customer
where coalesce(customer.livemode, true)
