-- Grain: one row per metric in drive mode and slice, with the target that is in force.
select
    targets.* exclude (target),
    -- A plan is the target of its months (decisions, K4), also of the one of the due day.
    coalesce(plans.planned, targets.target) as target,
    plans.planned is not null as is_planned,
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
left join {{ ref('int_plans__months') }} as plans
    on
        targets.metric_id = plans.metric_id
        and targets.grain = 'month'
        and targets.dimension = 'total'
        and plans.month_start = {{ month_start('targets.due_on') }}
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
