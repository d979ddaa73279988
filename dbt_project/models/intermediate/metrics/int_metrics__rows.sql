-- A view: its two readers take no longer to read the families than a copy of all of them.
{{ config(materialized='view') }}
-- Grain: one row per metric, grain, period and slice for which facts have rows.
{% for family in [
    'customer_health',
    'revenue_velocity',
    'value_realization',
    'cost_efficiency',
    'operating_resilience',
] -%}
select family.* exclude (family._made_from)
from {{ ref('metrics_' ~ family) }} as family
{% if not loop.last %}union all
{% endif -%}
{% endfor %}
