-- Grain: one row per metric in drive mode and slice, with the target that is in force.
select
    targets.*,
    metrics.direction,
    metrics.label,
    metrics.unit,
    metrics.currency,
    metrics.lower_bound,
    metrics.upper_bound,
    {{ kind_of_value('metrics') }} as kind,
from {{ ref('metric_targets') }} as targets
cross join {{ ref('int_calendar__run') }} as run
inner join {{ ref('dim_metrics') }} as metrics
    on targets.metric_id = metrics.metric_id
where targets.valid_from <= run.as_of
-- Of those that have begun the newest, observed or driven.
qualify
    row_number() over (
        partition by
            targets.metric_id,
            targets.grain,
            targets.dimension,
            targets.dimension_value
        order by targets.valid_from desc
    ) = 1 and targets.mode = 'drive'
