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
        prices.is_tiered,
        prices.divide_by,
        prices.round_to,
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
        plans.is_tiered,
        plans.divide_by,
        plans.round_to,
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
    -- What a unit costs by tiers depends on how many there are.
    case
        when not prices.is_tiered
            then prices.unit_amount_minor / currencies.minor_units_per_unit
    end as unit_amount,
    {{ months_in_interval('prices.interval_unit', 'prices.interval_count') }} as months,
    prices.is_metered,
    prices.is_recurring,
    prices.is_tiered,
    prices.divide_by,
    prices.round_to,
from prices
left join {{ ref('int_currencies__minor_units') }} as currencies
    on prices.currency = currencies.currency
