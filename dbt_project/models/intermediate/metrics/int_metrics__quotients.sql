-- Grain: one row per core metric that is an amount of customers over another, month and customer.
select
    customers.metric_id,
    customers.grain,
    customers.period_start,
    customers.dimension_value,
    customers.numerator,
    customers.denominator,
from {{ ref('metrics_customers') }} as customers
inner join {{ ref('dim_metrics') }} as metrics
    on customers.metric_id = metrics.metric_id
where
    metrics.unit = 'rate'
    and not metrics.is_proportion
    and customers.denominator > 0
    and customers.numerator is not null
