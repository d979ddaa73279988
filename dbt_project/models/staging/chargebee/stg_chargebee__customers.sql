select
    customer.id as customer_id,
    coalesce(
        customer.company, nullif(concat_ws(' ', customer.first_name, customer.last_name), '')
    ) as customer_name,
    customer.email,
    customer.created_at,
    case when customer.deleted then customer.updated_at end as deleted_at,
    json_extract_string(customer.meta_data, '$.app_account_id') as app_account_id,
    json_extract_string(customer.meta_data, '$.hubspot_company_id') as hubspot_company_id,
    json_extract_string(customer.meta_data, '$.segment') as segment,
    json_extract_string(customer.meta_data, '$.region') as region,
    json_extract_string(customer.meta_data, '$.channel') as channel,
    customer._file,
    customer._file_row,
    customer._load_id,
from
    {{ latest_rows(source('chargebee', 'customer'), ['id'], version_by='updated_at') }} as customer
