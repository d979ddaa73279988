{#- Spellings of amounts that more than one model needs. -#}

{#- Months in an interval of `count` units: 1 month, 12 per year, 12/52 per week. -#}
{% macro months_in_interval(unit, count) -%}
    (
        case {{ unit }}
            when 'year' then 12.0
            when 'month' then 1.0
            when 'week' then 12.0 / 52.0
            when 'day' then 12.0 / 365.0
        end * coalesce({{ count }}, 1)
    )
{%- endmacro %}

{#- An amount of MRR: four decimals, so that sums are exact. -#}
{% macro as_mrr(expression) -%}
    cast({{ expression }} as decimal(18, 4))
{%- endmacro %}

{#- The product of a column over its group; no standard aggregate has it. -#}
{% macro product_of(expression) -%}
    product({{ expression }})
{%- endmacro %}
