-- Grain: one row per metric in drive mode, slice and quarter's end, to the due day of its target.
with

quarters as (

    select
        cast(
            {{ dbt.dateadd(
                'month', '3 * numbers.number', dbt.date_trunc('quarter', 'run.as_of')
            ) }} as date
        ) as next_start,
        run.as_of,
    from generate_series(0, 40) as numbers (number)
    cross join {{ ref('int_calendar__run') }} as run

),

-- The last one is the due day itself.
ends as (

    select
        attainment.metric_id,
        attainment.grain,
        attainment.dimension,
        attainment.dimension_value,
        attainment.label,
        attainment.value,
        attainment.unit,
        attainment.currency,
        attainment.target,
        attainment.due_on,
        attainment.status = 'on_target' as is_on_target,
        driven.direction,
        driven.target_high,
        case
            when driven.direction = 'band' and attainment.value > driven.target_high
                then driven.target_high
            else attainment.target
        end as goal,
        quarters.as_of,
        case
            when quarters.next_start > attainment.due_on then attainment.due_on
            else cast({{ dbt.dateadd('day', -1, 'quarters.next_start') }} as date)
        end as milestone_on,
    from {{ ref('metric_attainment') }} as attainment
    inner join {{ ref('int_forecasts__driven') }} as driven
        on
            attainment.metric_id = driven.metric_id
            and attainment.grain = driven.grain
            and attainment.dimension = driven.dimension
            and attainment.dimension_value = driven.dimension_value
    inner join quarters
        on
            attainment.due_on > quarters.as_of
            and quarters.next_start > {{ dbt.dateadd('day', 1, 'quarters.as_of') }}
            -- The quarter before it ends before the due day.
            and {{ dbt.dateadd('month', -3, 'quarters.next_start') }} <= attainment.due_on
    where attainment.value is not null

),

-- Of the newest period that is over by then.
foretold as (

    select
        ends.metric_id,
        ends.grain,
        ends.dimension,
        ends.dimension_value,
        ends.milestone_on,
        max_by(forecasts.value, forecasts.period_start) as value,
        max_by(forecasts.lower, forecasts.period_start) as lower,
        max_by(forecasts.upper, forecasts.period_start) as upper,
    from ends
    inner join {{ ref('metric_forecasts') }} as forecasts
        on
            ends.metric_id = forecasts.metric_id
            and ends.grain = forecasts.grain
            and ends.dimension = forecasts.dimension
            and ends.dimension_value = forecasts.dimension_value
            and ends.milestone_on >= case forecasts.grain
                when 'week' then {{ dbt.dateadd('day', 6, 'forecasts.period_start') }}
                when 'month' then {{ month_end('forecasts.period_start') }}
                else {{ month_end(dbt.dateadd('month', 2, 'forecasts.period_start')) }}
            end
    group by
        ends.metric_id, ends.grain, ends.dimension, ends.dimension_value, ends.milestone_on

),

-- Who is where the target is has to stay there.
placed as (

    select
        ends.*,
        case
            when ends.is_on_target then ends.target
            else
                ends.value
                + (ends.goal - ends.value)
                * {{ dbt.datediff('ends.as_of', 'ends.milestone_on', 'day') }}
                / cast({{ dbt.datediff('ends.as_of', 'ends.due_on', 'day') }} as double)
        end as milestone_value,
        foretold.value as projected_value,
        foretold.lower as projected_lower,
        foretold.upper as projected_upper,
    from ends
    left join foretold
        on
            ends.metric_id = foretold.metric_id
            and ends.grain = foretold.grain
            and ends.dimension = foretold.dimension
            and ends.dimension_value = foretold.dimension_value
            and ends.milestone_on = foretold.milestone_on

),

metric_milestones as (

    select
        placed.metric_id,
        placed.grain,
        placed.dimension,
        placed.dimension_value,
        placed.milestone_on,
        placed.label,
        placed.value,
        placed.unit,
        placed.currency,
        placed.target,
        placed.due_on,
        cast(placed.milestone_value as double) as milestone_value,
        placed.projected_value,
        placed.projected_lower,
        placed.projected_upper,
        case
            when placed.projected_value is null then 'not_foretold'
            when placed.direction = 'band' and placed.is_on_target
                then
                    case
                        when
                            placed.projected_value < placed.target
                            or placed.projected_value > placed.target_high
                            then 'missed'
                        else 'reached'
                    end
            when
                placed.direction = 'down'
                or (placed.direction = 'band' and placed.goal < placed.value)
                then
                    case
                        when placed.projected_value <= placed.milestone_value then 'reached'
                        else 'missed'
                    end
            when placed.projected_value >= placed.milestone_value then 'reached'
            else 'missed'
        end as outlook,
    from placed

)

select * from metric_milestones
