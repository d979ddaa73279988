-- Grain: one row per complete month and segment: the bridge of its MRR.
select
    months.month_start,
    months.period_end_on,
    months.segment,
    {% for name in [
    'opening_mrr', 'new_mrr', 'expansion_mrr', 'reactivation_mrr', 'contraction_mrr', 'churned_mrr',
    'fx_mrr', 'closing_mrr',
] -%}
    cast(sum(months.{{ name }}) as double) as {{ name }},
    {% endfor -%}
from {{ ref('fct_customer_months') }} as months
inner join {{ ref('int_calendar__months') }} as calendar
    on months.month_start = calendar.month_start and calendar.is_complete
group by months.month_start, months.period_end_on, months.segment
