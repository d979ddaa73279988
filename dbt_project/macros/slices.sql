{#-
The column of `dim_customers` by the name of each slice of customers. What is one says so there
(`config: {meta: {is_slice: true}}` beside `dimension`), and nowhere else.
-#}
{% macro customer_slices() -%}
    {%- set slices = {} -%}
    {%- if execute -%}
        {%- set customers = graph.semantic_models['semantic_model.drivewheel.customers'] -%}
        {%- for dimension in customers.dimensions if dimension.config.meta.get('is_slice') -%}
            {%- do slices.update({dimension.name: dimension.expr or dimension.name}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(slices) }}
{%- endmacro %}
