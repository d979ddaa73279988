select
    coupon.id as coupon_id,
    coupon.duration,
    coupon.duration_in_months,
    coupon.percent_off,
    coupon.amount_off as amount_off_minor,
    lower(coupon.currency) as currency,
    coupon._file,
    coupon._file_row,
    coupon._load_id,
from {{ latest_rows(source('stripe', 'coupon'), ['id'], version_by='_fivetran_synced') }} as coupon
