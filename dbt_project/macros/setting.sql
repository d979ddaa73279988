{#- What the company chose in its `company.yml`, else the project's variable; always a text. -#}
{% macro setting(name) -%}
    {{ return(env_var('DRIVEWHEEL_' ~ name | upper, '') or var(name) | string) }}
{%- endmacro %}
