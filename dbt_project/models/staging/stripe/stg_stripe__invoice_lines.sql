select
    line.id as line_id,
    line.invoice_id,
    line.subscription_id,
    line.subscription_item_id as item_id,
    coalesce(line.price_id, line.plan_id) as price_id,
    line.amount as amount_minor,
    lower(line.currency) as currency,
    coalesce(line.quantity, 1) as quantity,
    coalesce(line.proration, false) as is_proration,
    line.period_start as period_starts_at,
    line.period_end as period_ends_at,
    line._file,
    line._file_row,
    line._load_id,
from
    {{ latest_rows(source('stripe', 'invoice_line_item'), ['id'], version_by='_fivetran_synced') }}
        as line
where coalesce(line.livemode, true) and not {{ is_deleted('line') }}
