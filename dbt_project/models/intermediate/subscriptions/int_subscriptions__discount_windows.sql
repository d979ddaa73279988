-- Grain: one row per discount in force for some days (decisions, T5).
with

windows as (

    select
        discounts.discount_id,
        discounts.subscription_id,
        -- A customer's discount applies where a subscription has none of its own.
        case
            when
                discounts.subscription_id is null
                and discounts.invoice_id is null
                and discounts.invoice_item_id is null
                then discounts.customer_id
        end as customer_id,
        cast(discounts.started_at as date) as starts_on,
        cast(
            least(
                coalesce(
                    discounts.ended_at,
                    case
                        when coupons.duration = 'repeating'
                            then
                                {{ dbt.dateadd(
                                    'month', 'coupons.duration_in_months', 'discounts.started_at'
                                ) }}
                    end
                ),
                discounts.deleted_at
            ) as date
        ) as ends_on,
        coalesce(coupons.percent_off, 0) as percent_off,
        coupons.amount_off_minor / currencies.minor_units_per_unit as amount_off,
        coupons.currency,
    from {{ ref('int_billing__discounts') }} as discounts
    inner join {{ ref('int_billing__coupons') }} as coupons
        on discounts.coupon_id = coupons.coupon_id
    left join {{ ref('int_currencies__minor_units') }} as currencies
        on coupons.currency = currencies.currency
    -- A coupon for one invoice changes no recurring amount.
    where coupons.duration in ('forever', 'repeating')

)

select
    windows.discount_id,
    windows.subscription_id,
    windows.customer_id,
    windows.starts_on,
    coalesce(windows.ends_on, cast('9999-12-31' as date)) as ends_on,
    windows.percent_off,
    windows.amount_off,
    windows.currency,
from windows
where
    coalesce(windows.subscription_id, windows.customer_id) is not null
    and windows.starts_on is not null
    and windows.starts_on < coalesce(windows.ends_on, cast('9999-12-31' as date))
