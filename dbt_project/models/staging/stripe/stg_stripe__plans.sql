select
    plan.id as price_id,
    plan.product_id,
    lower(plan.currency) as currency,
    plan.nickname as price_name,
    plan.amount as unit_amount_minor,
    plan.interval as interval_unit,
    coalesce(plan.interval_count, 1) as interval_count,
    coalesce(plan.usage_type, 'licensed') = 'metered' as is_metered,
    plan.interval is not null as is_recurring,
    plan._file,
    plan._file_row,
    plan._load_id,
from {{ latest_rows(source('stripe', 'plan'), ['id'], version_by='_fivetran_synced') }} as plan
