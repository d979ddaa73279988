{#- Opening plus movements is closing, for every customer and month, to the last decimal. -#}
{% test bridge_closes(model) %}

select
    customer_id,
    month_start,
    opening_mrr,
    closing_mrr
from {{ model }}
where
    opening_mrr + new_mrr + expansion_mrr + reactivation_mrr
    - contraction_mrr - churned_mrr + fx_mrr != closing_mrr

{% endtest %}
