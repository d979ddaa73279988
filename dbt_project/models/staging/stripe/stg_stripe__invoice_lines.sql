-- Ids of lines made before API 2019-12-03 repeat, from invoice to invoice and within one;
-- `unique_id` does not. A line that was first delivered without it is the same line.
select
    coalesce(line.unique_id, line.id || '/' || line.invoice_id) as line_id,
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
    {{ latest_rows(
        source('stripe', 'invoice_line_item'),
        ['id', 'invoice_id', 'unique_id'],
        version_by='_fivetran_synced',
        told_apart_by='unique_id'
    ) }}
        as line
where coalesce(line.livemode, true) and not {{ is_deleted('line') }}
qualify row_number() over (
    partition by line.id, line.invoice_id, coalesce(line.unique_id, line._known_unique_id)
    order by line._fivetran_synced desc nulls last, line._file_order desc, line._file_row desc
) = 1
