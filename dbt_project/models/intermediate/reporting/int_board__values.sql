-- Grain: one row per metric of the board lens and month, quarter or year that has ended, with the
-- period before, the year before, the plan, and the calendar year to date.
with

plans as (

    select distinct plan.metric_id,
    from {{ ref('int_plans__months') }} as plan

),

-- What was planned first, where another plan holds now; of a quarter or year the sum or the last
-- month.
originals as (

    select
        plan.metric_id,
        grains.grain,
        cast(
            case
                when grains.grain = 'month' then plan.month_start
                when grains.grain = 'quarter'
                    then {{ dbt.date_trunc('quarter', 'plan.month_start') }}
                else {{ dbt.date_trunc('year', 'plan.month_start') }}
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
    cross join (values ('month', 1), ('quarter', 3), ('year', 12)) as grains (grain, month_count)
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

-- A year of twelve months: an activity adds up, of everything else its last month is told.
years as (

    select
        totals.metric_id,
        'year' as grain,
        min(totals.period_start) as period_start,
        max(totals.period_end) as period_end,
        case
            when not totals.is_summed then max_by(totals.value, totals.period_start)
            when count(totals.value) = 12 then {{ exact_sum('totals.value') }}
        end as value,
        case
            when not totals.is_summed then max_by(totals.state, totals.period_start)
            when count(totals.value) = 12 then 'ok'
            else max_by(totals.state, totals.period_start) filter (where totals.value is null)
        end as state,
        case
            when not totals.is_summed then max_by(totals.target, totals.period_start)
            when totals.is_planned and count(totals.target) = 12
                then {{ exact_sum('totals.target') }}
        end as target,
        -- Targets are of months; of a sum the plan alone says whether it is enough.
        case
            when not totals.is_summed then max_by(totals.status, totals.period_start)
            when count(totals.value) = 12 then 'no_target'
            else 'no_value'
        end as status,
        totals.label,
        totals.unit,
        totals.tier,
        totals.driver_family,
        totals.is_planned,
        totals.is_summed,
        totals.calendar_year,
        case when totals.is_summed then 'year' else 'month' end as told_grain,
        case
            when totals.is_summed then min(totals.period_start) else max(totals.period_start)
        end as told_period_start,
    from totals
    where totals.grain = 'month'
    group by
        totals.metric_id,
        totals.label,
        totals.unit,
        totals.tier,
        totals.driver_family,
        totals.is_planned,
        totals.is_summed,
        totals.calendar_year
    having count(*) = 12

),

periods as (

    select
        totals.*,
        totals.grain as told_grain,
        totals.period_start as told_period_start,
    from totals
    union all by name
    select * from years

),

-- By position, since a period that is not complete has no row.
compared as (

    select
        periods.*,
        lag(periods.value) over ordered as previous_value,
        lag(
            periods.value,
            case periods.grain when 'month' then 12 when 'quarter' then 4 else 1 end
        ) over ordered as year_before_value,
        case when periods.is_planned then periods.target end as planned,
        case
            when periods.is_summed then sum(periods.value) over year_so_far else periods.value
        end as year_to_date,
        case
            when periods.is_planned and periods.is_summed
                then sum(periods.target) over year_so_far
            when periods.is_planned then periods.target
        end as year_to_date_planned,
    from periods
    window
        ordered as (
            partition by periods.metric_id, periods.grain order by periods.period_start
        ),
        year_so_far as (
            partition by periods.metric_id, periods.grain, periods.calendar_year
            order by periods.period_start
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
        and compared.grain != 'year'
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
            as year_before_value,
        case when mature.metric_id is not null then 'month' else compared.told_grain end
            as told_grain,
        coalesce(mature.told_start, compared.told_period_start) as told_period_start
    ),
    originals.planned_originally,
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
