select
    customer.customer_id,
    customer.name as customer_name,
    customer.segment,
    customer.plan,
    customer.region,
    customer.channel,
    customer.industry,
    customer.parent_customer_id,
    lower(customer.domain) as domain,
    customer._file,
    customer._file_row,
    customer._load_id,
from {{ latest_rows(source('contracts', 'customer'), ['customer_id']) }} as customer
where not coalesce(customer.is_deleted, false)
