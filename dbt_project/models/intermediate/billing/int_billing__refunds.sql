-- Grain: one row per amount that a billing source gave back.
{{ billing_rows('refunds', [
    'refund_id', 'status', 'amount_minor', 'currency', 'created_at',
]) }}
