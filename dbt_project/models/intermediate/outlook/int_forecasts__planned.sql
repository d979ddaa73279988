-- Grain: one row per metric that has a plan for the year of the run's day, as agreed by then.
with

-- An activity adds up to its plan, of everything else the last month is the plan.
planned as (

    select
        plans.metric_id,
        min(plans.month_start) as first_month,
        max(plans.month_start) as last_month,
        {{ exact_sum('plans.planned') }} as planned_sum,
        max_by(plans.planned, plans.month_start) as planned_last,
    from {{ ref('int_plans__months') }} as plans
    cross join {{ ref('int_calendar__run') }} as run
    where
        {{ dbt.date_trunc('year', 'plans.month_start') }}
        = {{ dbt.date_trunc('year', 'run.as_of') }}
    group by plans.metric_id
    -- A year of which months are missing has no plan of its own.
    having
        {{ dbt.datediff('min(plans.month_start)', 'max(plans.month_start)', 'month') }}
        = count(*) - 1

)

select
    planned.metric_id,
    planned.first_month,
    planned.last_month,
    {{ month_end('planned.last_month') }} as due_on,
    planned.planned_last as target,
    metrics.aggregation = 'activity' as is_summed,
    case
        when metrics.aggregation = 'activity' then planned.planned_sum
        else planned.planned_last
    end as planned,
    metrics.owner_role,
    metrics.direction,
    metrics.label,
    metrics.unit,
    metrics.currency,
    metrics.lower_bound,
    metrics.upper_bound,
    {{ kind_of_value('metrics') }} as kind,
from planned
inner join {{ ref('dim_metrics') }} as metrics
    on planned.metric_id = metrics.metric_id
