select
    discount.id as discount_id,
    discount.coupon_id,
    discount.customer_id,
    discount.subscription_id,
    discount.invoice_id,
    discount.invoice_item_id,
    discount.start as started_at,
    discount."end" as ended_at,
    {{ deleted_at('discount') }} as deleted_at,
    discount._file,
    discount._file_row,
    discount._load_id,
from
    {{ latest_rows(
        source('stripe', 'discount'),
        ['id'],
        version_by='_fivetran_synced',
        has_deletions=true
    ) }}
        as discount
