-- Grain: one row per line of an invoice of a billing source.
{{ billing_rows('invoice_lines', [
    'line_id', 'invoice_id', 'subscription_id', 'item_id', 'price_id', 'amount_minor', 'currency',
    'quantity', 'is_proration', 'period_starts_at', 'period_ends_at', '_file', '_file_row',
]) }}
