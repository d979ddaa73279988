-- Grain: one row per coupon of a billing source that has a timeline.
{{ billing_rows('coupons', [
    'coupon_id', 'duration', 'duration_in_months', 'percent_off', 'amount_off_minor', 'currency',
]) }}
