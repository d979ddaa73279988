select
    price.id as price_id,
    price.product_id,
    lower(price.currency) as currency,
    price.nickname as price_name,
    coalesce(price.unit_amount_decimal, price.unit_amount) as unit_amount_minor,
    price.recurring_interval as interval_unit,
    coalesce(price.recurring_interval_count, 1) as interval_count,
    coalesce(price.recurring_usage_type, 'licensed') = 'metered' as is_metered,
    price.recurring_interval is not null as is_recurring,
    price._file,
    price._file_row,
    price._load_id,
from {{ latest_rows(source('stripe', 'price'), ['id'], version_by='_fivetran_synced') }} as price
