{#- What hard questions measure that is no metric: nobody is to steer by it alone. -#}

{#- Measures by id: the metric whose question it is, its words, and the unit of its value. -#}
{% macro question_measures() -%}
    {{ return({
        'healthy_churn_share': {
            'metric': 'churned_mrr', 'unit': 'rate',
            'label': 'The share of churned MRR with a health of 75 or more the month before',
        },
        'healthy_churn_count': {
            'metric': 'churned_mrr', 'unit': 'count',
            'label': 'The number who left with a health of 75 or more the month before',
        },
        'notices_without_step': {
            'metric': 'grr', 'unit': 'count',
            'label': 'The number of notices past their due day without a step',
        },
    }) }}
{%- endmacro %}
