-- Grain: one row per metric.
with

stated as (

    select
        targets.metric_id,
        max_by(targets.grain, targets.valid_from) as grain,
    from {{ ref('metric_targets') }} as targets
    where targets.dimension = 'total'
    group by targets.metric_id

)

select
    metrics.metric_id,
    coalesce(
        stated.grain,
        case when list_contains(metrics.grains, 'month') then 'month' end,
        metrics.grains[1]
    ) as own_grain,
from {{ ref('dim_metrics') }} as metrics
left join stated
    on metrics.metric_id = stated.metric_id
