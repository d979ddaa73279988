-- Grain: one row per metric, grain, period and slice.
{{ config(materialized='view') }}
select
    values_of.* exclude (
        {%- for name in judged_columns() -%}
        judged_{{ name }}{{ ', ' if not loop.last }}
        {%- endfor -%}
    ) replace (
        {% for name in judged_columns() -%}
        values_of.judged_{{ name }} as {{ name }}{{ ',' if not loop.last }}
        {% endfor -%}
    ),
    values_of.value as period_value,
from {{ ref('metric_values') }} as values_of
