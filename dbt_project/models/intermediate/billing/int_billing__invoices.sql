-- Grain: one row per invoice of a billing source.
{{ billing_rows('invoices', [
    'invoice_id', 'customer_id', 'status', 'currency', 'created_at', 'subtotal_minor', 'tax_minor',
    'total_minor', 'amount_due_minor', 'is_deleted',
]) }}
