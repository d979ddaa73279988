-- Grain: one row per metric of the board lens and month or quarter that has ended, with the
-- period before, the year before, the plan, and the calendar year to date.
with

plans as (

    select distinct plan.metric_id,
    from {{ ref('int_plans__months') }} as plan

),

-- What was planned first, where another plan holds now; of a quarter the sum or the last month.
originals as (

    select
        plan.metric_id,
        grains.grain,
        cast(
            case
                when grains.grain = 'month' then plan.month_start
                else {{ dbt.date_trunc('quarter', 'plan.month_start') }}
            end as date
        ) as period_start,
        case
            when max(metrics.aggregation) = 'balance'
                then max_by(plan.planned_originally, plan.month_start)
            else {{ exact_sum('plan.planned_originally') }}
        end as planned_originally,
    from {{ ref('int_plans__months') }} as plan
    inner join {{ ref('dim_metrics') }} as metrics
        on plan.metric_id = metrics.metric_id
    cross join (values ('month', 1), ('quarter', 3)) as grains (grain, month_count)
    group by all
    having count(*) = max(grains.month_count) and max(plan.version_count) > 1

),

-- An activity adds up over the year; of everything else the year so far is what it is now.
totals as (

    select
        values_of.metric_id,
        values_of.grain,
        values_of.period_start,
        values_of.period_end,
        case when values_of.is_complete then values_of.value end as value,
        case
            when values_of.is_complete or values_of.state != 'ok' then values_of.state
            else 'incomplete'
        end as state,
        values_of.target,
        case when values_of.is_complete then values_of.status else 'no_value' end as status,
        metrics.label,
        metrics.unit,
        metrics.tier,
        metrics.driver_family,
        plans.metric_id is not null as is_planned,
        metrics.aggregation = 'activity' as is_summed,
        extract('year' from values_of.period_start) as calendar_year,
    from {{ ref('int_metrics__headlines') }} as values_of
    inner join {{ ref('dim_metrics') }} as metrics
        on values_of.metric_id = metrics.metric_id
    cross join {{ ref('int_calendar__run') }} as run
    left join plans
        on values_of.metric_id = plans.metric_id
    where
        values_of.dimension = 'total'
        and values_of.grain in ('month', 'quarter')
        and values_of.period_end <= run.as_of
        and (values_of.is_complete or metrics.tier = 'core')

),

-- By position, since a period that is not complete has no row.
compared as (

    select
        totals.*,
        lag(totals.value) over periods as previous_value,
        lag(totals.value, case totals.grain when 'month' then 12 else 4 end) over periods
            as year_before_value,
        case when totals.is_planned then totals.target end as planned,
        case
            when totals.is_summed then sum(totals.value) over year_so_far else totals.value
        end as year_to_date,
        case
            when totals.is_planned and totals.is_summed
                then sum(totals.target) over year_so_far
            when totals.is_planned then totals.target
        end as year_to_date_planned,
    from totals
    window
        periods as (
            partition by totals.metric_id, totals.grain order by totals.period_start
        ),
        year_so_far as (
            partition by totals.metric_id, totals.grain, totals.calendar_year
            order by totals.period_start
        )

),

-- What takes a month to show is told of the newest month that can be judged, where the period
-- itself cannot be yet: a board that meets after the quarter's end reads a number and a status.
mature as (

    select
        compared.metric_id,
        compared.grain,
        compared.period_start,
        months.period_start as told_start,
        months.value,
        months.state,
        months.target,
        months.status,
    from compared
    inner join totals as months
        on
            compared.metric_id = months.metric_id
            and months.grain = 'month'
            and compared.period_end > months.period_end
            and {{ dbt.dateadd('month', -2, dbt.date_trunc('month', 'compared.period_end')) }}
            <= months.period_start
    where
        compared.tier = 'core'
        and compared.state = 'immature'
        and months.status != 'no_value'
    qualify
        row_number() over (
            partition by compared.metric_id, compared.grain, compared.period_start
            order by months.period_start desc
        ) = 1

)

select
    compared.* replace (
        case when mature.metric_id is not null then mature.value else compared.value end as value,
        case when mature.metric_id is not null then mature.state else compared.state end as state,
        case
            when mature.metric_id is not null then mature.target else compared.target
        end as target,
        case
            when mature.metric_id is not null then mature.status else compared.status
        end as status,
        -- Another period than the one before it is compared with.
        case when mature.metric_id is null then compared.previous_value end as previous_value,
        case when mature.metric_id is null then compared.year_before_value end
            as year_before_value
    ),
    originals.planned_originally,
    case when mature.metric_id is not null then 'month' else compared.grain end as told_grain,
    coalesce(mature.told_start, compared.period_start) as told_period_start,
from compared
left join originals
    on
        compared.metric_id = originals.metric_id
        and compared.grain = originals.grain
        and compared.period_start = originals.period_start
left join mature
    on
        compared.metric_id = mature.metric_id
        and compared.grain = mature.grain
        and compared.period_start = mature.period_start
