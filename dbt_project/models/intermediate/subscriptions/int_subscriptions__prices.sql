-- Grain: one row per Stripe price or plan, in major units and months.
with

prices as (

    select
        prices.price_id,
        prices.product_id,
        prices.currency,
        prices.unit_amount_minor,
        prices.interval_unit,
        prices.interval_count,
        prices.is_metered,
        prices.is_recurring,
    from {{ ref('stg_stripe__prices') }} as prices

    union all

    select
        plans.price_id,
        plans.product_id,
        plans.currency,
        plans.unit_amount_minor,
        plans.interval_unit,
        plans.interval_count,
        plans.is_metered,
        plans.is_recurring,
    from {{ ref('stg_stripe__plans') }} as plans
    where
        plans.price_id not in (
            select known.price_id from {{ ref('stg_stripe__prices') }} as known
        )

)

select
    prices.price_id,
    prices.product_id,
    prices.currency,
    prices.unit_amount_minor / currencies.minor_units_per_unit as unit_amount,
    {{ months_in_interval('prices.interval_unit', 'prices.interval_count') }} as months,
    prices.is_metered,
    prices.is_recurring,
from prices
left join {{ ref('int_currencies__minor_units') }} as currencies
    on prices.currency = currencies.currency
