-- Grain: one row per price that is charged by tiers, and tier of it, in major units.
with

{% set tier = '[{"up_to": "BIGINT", "unit_amount": "DECIMAL(38,12)", '
    ~ '"unit_amount_decimal": "DECIMAL(38,12)", "flat_amount": "DECIMAL(38,12)", '
    ~ '"flat_amount_decimal": "DECIMAL(38,12)"}]' -%}

prices as (

    select
        prices.price_id,
        prices.currency,
        prices.tiers_mode,
        unnest(json_transform(prices.tiers, '{{ tier }}')) as tier,
    from {{ ref('int_billing__prices') }} as prices
    where prices.is_tiered

),

tiers as (

    select
        prices.price_id,
        prices.currency,
        prices.tiers_mode,
        struct_extract(prices.tier, 'up_to') as up_to,
        coalesce(prices.tier.unit_amount_decimal, prices.tier.unit_amount)
            as unit_amount_minor,
        coalesce(prices.tier.flat_amount_decimal, prices.tier.flat_amount)
            as flat_amount_minor,
    from prices

)

select
    tiers.price_id,
    tiers.tiers_mode,
    -- Units beyond `above` and up to `up_to` are this tier's; the last has no end.
    coalesce(
        lag(tiers.up_to) over (partition by tiers.price_id order by tiers.up_to asc nulls last),
        0
    ) as above,
    tiers.up_to,
    -- A tier has one of them or both; the vendor leaves out what it does not charge.
    coalesce(tiers.unit_amount_minor, 0) / currencies.minor_units_per_unit as unit_amount,
    coalesce(tiers.flat_amount_minor, 0) / currencies.minor_units_per_unit as flat_amount,
from tiers
inner join {{ ref('int_currencies__minor_units') }} as currencies
    on tiers.currency = currencies.currency
where coalesce(tiers.unit_amount_minor, tiers.flat_amount_minor) is not null
