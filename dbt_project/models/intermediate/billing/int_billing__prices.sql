-- Grain: one row per price of a billing source that has a timeline.
{{ billing_rows('prices', [
    'price_id', 'product_id', 'currency', 'unit_amount_minor', 'interval_unit', 'interval_count',
    'is_metered', 'is_recurring', 'is_tiered', 'tiers_mode', 'tiers', 'divide_by', 'round_to',
]) }}
