-- Grain: one row per attempt to collect an invoice of a billing source.
{{ billing_rows('payments', [
    'charge_id', 'customer_id', 'invoice_id', 'status', 'amount_minor', 'currency', 'created_at',
]) }}
