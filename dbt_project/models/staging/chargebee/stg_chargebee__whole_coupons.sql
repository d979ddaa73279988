-- What takes something off single items alone is not known of the whole subscription: without
-- its coupon here the item is listed in `unmatched_records`.
select coupons.*
from {{ ref('stg_chargebee__coupons') }} as coupons
where coupons.is_of_whole
