select
    item.id as item_id,
    item.subscription_id,
    item._fivetran_synced as synced_at,
    item.created as created_at,
    coalesce(item.price_id, item.plan_id) as price_id,
    coalesce(item.quantity, 1) as quantity,
    item.current_period_end as current_period_ends_at,
    {{ is_deleted('item') }} as is_deleted,
    item._file,
    item._file_row,
    item._file_order,
    item._load_id,
from {{ accepted_rows(source('stripe', 'subscription_item')) }} as item
