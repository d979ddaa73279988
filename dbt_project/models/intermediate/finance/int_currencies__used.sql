-- Grain: one row per currency that money of any source is in, whether or not somebody subscribes
-- in it.
with

{# Of each object that bears a currency, the rows that nobody has converted yet. #}
moneys as (

    select
        '{{ setting("reporting_currency") }}' as currency,
        false as has_minor_units,
    {% for told in declared('currencies') -%}
    union all
    select distinct
        spent.currency,
        {{ told.is_minor }} as has_minor_units,
    from {{ ref(told.model) }} as spent
    {{ 'where spent.' ~ told.converted_by ~ ' is null' if told.converted_by }}
    {% endfor %}

)

select
    moneys.currency,
    bool_or(moneys.has_minor_units) as has_minor_units,
from moneys
where moneys.currency is not null
group by moneys.currency
