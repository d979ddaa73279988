-- Grain: one row per billing source and customer of it.
{% for told in declared('customers') -%}
select
    '{{ told.source }}' as source_name,
    -- Of two sources that describe a customer the lower one is asked first.
    {{ told.precedence }} as precedence,
    -- Whether product and CRM call it by its id.
    {{ told.is_named }} as is_named,
    told.*,
from {{ ref(told.model) }} as told
{{ 'union all by name' if not loop.last }}
{% endfor %}
