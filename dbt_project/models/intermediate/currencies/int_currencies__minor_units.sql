-- Grain: one row per currency that billing uses.
with

used as (

    select prices.currency from {{ ref('stg_stripe__prices') }} as prices
    union
    select plans.currency from {{ ref('stg_stripe__plans') }} as plans
    union
    select lines.currency from {{ ref('stg_stripe__invoice_lines') }} as lines
    union
    select coupons.currency from {{ ref('stg_stripe__coupons') }} as coupons
    union
    select periods.currency from {{ ref('stg_contracts__subscription_periods') }} as periods
    union
    select '{{ var("reporting_currency") }}' as currency

)

select
    used.currency,
    -- Two decimals unless the seed says otherwise (JPY has none, KWD three).
    cast(power(10, coalesce(currencies.minor_units, 2)) as double) as minor_units_per_unit,
from used
left join {{ ref('currencies') }} as currencies
    on used.currency = currencies.currency
where used.currency is not null
