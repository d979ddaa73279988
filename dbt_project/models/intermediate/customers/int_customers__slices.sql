-- Grain: one row per customer and slice that it is in: a dimension of `dim_customers` that says
-- it is one.
{%- set slices = customer_slices() %}
select
    customers.customer_id,
    unnest({{ slices.keys() | list }}) as dimension,
    unnest([
        {%- for column in slices.values() %}customers.{{ column }}{{ ', ' if not loop.last }}
        {%- endfor -%}
    ]) as dimension_value,
from {{ ref('dim_customers') }} as customers
