-- Grain: one row per invoice line of a subscription item that says something.
select lines.*
from {{ ref('int_billing__invoice_lines') }} as lines
left join {{ ref('int_billing__invoices') }} as invoices
    on lines.invoice_id = invoices.invoice_id
where
    lines.item_id is not null
    and lines.period_starts_at is not null
    and coalesce(invoices.status, 'open') not in ('draft', 'void')
    and not coalesce(invoices.is_deleted, false)
