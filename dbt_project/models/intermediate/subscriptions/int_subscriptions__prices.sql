-- Grain: one row per price of a billing source, in major units and months.
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
from {{ ref('int_billing__prices') }} as prices
left join {{ ref('int_currencies__minor_units') }} as currencies
    on prices.currency = currencies.currency
