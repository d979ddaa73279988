-- Grain: one row per product of a billing source.
{{ billing_rows('products', [
    'product_id', 'product_name',
]) }}
