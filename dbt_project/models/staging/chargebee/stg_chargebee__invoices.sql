select
    invoice.id as invoice_id,
    invoice.customer_id,
    invoice.subscription_id,
    case
        when invoice.status in ('posted', 'payment_due') then 'open'
        when invoice.status = 'not_paid' then 'uncollectible'
        when invoice.status = 'voided' then 'void'
        when invoice.status = 'pending' then 'draft'
        else invoice.status
    end as status,
    lower(invoice.currency_code) as currency,
    invoice.date as created_at,
    invoice.sub_total as subtotal_minor,
    invoice.tax as tax_minor,
    invoice.total as total_minor,
    -- What was to be paid; the vendor's own amount falls with each payment.
    invoice.total - coalesce(invoice.credits_applied, 0) as amount_due_minor,
    invoice.line_items,
    coalesce(invoice.deleted, false) as is_deleted,
    invoice._file,
    invoice._file_row,
    invoice._load_id,
from {{ latest_rows(source('chargebee', 'invoice'), ['id'], version_by='updated_at') }} as invoice
