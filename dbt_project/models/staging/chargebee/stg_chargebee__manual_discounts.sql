select
    applied.coupon_id,
    case applied.duration_type
        when 'one_time' then 'once'
        when 'limited_period' then 'repeating'
        else applied.duration_type
    end as duration,
    case applied.period_unit
        when 'month' then applied.period
        when 'year' then 12 * applied.period
    end as duration_in_months,
    applied.percentage as percent_off,
    applied.amount_minor as amount_off_minor,
    applied.currency,
from {{ ref('stg_chargebee__applied_discounts') }} as applied
where applied.is_manual and applied.is_of_whole
qualify row_number() over (
    partition by applied.coupon_id
    order by applied.updated_at desc, applied._file_order desc, applied._file_row desc
) = 1
