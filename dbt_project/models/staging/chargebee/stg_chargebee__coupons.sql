select
    coupon.id as coupon_id,
    case coupon.duration_type
        when 'one_time' then 'once'
        when 'limited_period' then 'repeating'
        else coupon.duration_type
    end as duration,
    case coupon.period_unit
        when 'month' then coupon.period
        when 'year' then 12 * coupon.period
    end as duration_in_months,
    coupon.discount_percentage as percent_off,
    coupon.discount_amount as amount_off_minor,
    lower(coupon.currency_code) as currency,
    coalesce(coupon.apply_on, 'invoice_amount') = 'invoice_amount' as is_of_whole,
    coupon._file,
    coupon._file_row,
    coupon._load_id,
from {{ latest_rows(source('chargebee', 'coupon'), ['id'], version_by='updated_at') }} as coupon
