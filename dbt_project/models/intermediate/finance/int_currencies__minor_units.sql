-- Grain: one row per currency that a source counts in its smallest unit.
select
    used.currency,
    -- JPY has no decimals, KWD three: a guess would be wrong a hundredfold.
    cast(
        power(
            10,
            coalesce(
                currencies.minor_units,
                error(
                    'currencies.csv does not know the currency ' || used.currency
                    || ': add its row with the decimals of its smallest unit'
                )
            )
        ) as double
    ) as minor_units_per_unit,
from {{ ref('int_currencies__used') }} as used
left join {{ ref('currencies') }} as currencies
    on used.currency = currencies.currency
where used.has_minor_units
