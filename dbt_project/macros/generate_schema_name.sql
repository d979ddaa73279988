{#- A folder's schema is its name: dbt's default would prefix the target's (`main_core`). -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
