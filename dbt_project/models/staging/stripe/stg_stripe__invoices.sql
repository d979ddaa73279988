select
    invoice.id as invoice_id,
    invoice.customer_id,
    invoice.subscription_id,
    invoice.status,
    lower(invoice.currency) as currency,
    invoice.created as created_at,
    invoice.due_date as due_at,
    invoice.status_transitions_paid_at as paid_at,
    invoice.subtotal as subtotal_minor,
    invoice.tax as tax_minor,
    invoice.total as total_minor,
    invoice.amount_due as amount_due_minor,
    invoice.amount_paid as amount_paid_minor,
    invoice.attempt_count,
    {{ is_deleted('invoice') }} as is_deleted,
    invoice._file,
    invoice._file_row,
    invoice._load_id,
from
    {{ latest_rows(source('stripe', 'invoice'), ['id'], version_by='_fivetran_synced') }} as invoice
where coalesce(invoice.livemode, true)
