select
    charge.id as charge_id,
    charge.customer_id,
    charge.invoice_id,
    charge.status,
    charge.amount as amount_minor,
    charge.amount_refunded as amount_refunded_minor,
    lower(charge.currency) as currency,
    charge.created as created_at,
    charge.failure_code,
    charge._file,
    charge._file_row,
    charge._load_id,
from {{ latest_rows(source('stripe', 'charge'), ['id'], version_by='_fivetran_synced') }} as charge
where coalesce(charge.livemode, true)
