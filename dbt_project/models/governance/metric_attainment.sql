-- Grain: one row per metric in drive mode and slice with a target, as of the run's day.
with

-- The target in force: of those that have begun the newest.
driven as (

    select targets.*
    from {{ ref('metric_targets') }} as targets
    cross join {{ ref('int_calendar__run') }} as run
    where targets.valid_from <= run.as_of
    qualify
        row_number() over (
            partition by
                targets.metric_id,
                targets.grain,
                targets.dimension,
                targets.dimension_value
            order by targets.valid_from desc
        ) = 1 and targets.mode = 'drive'

),

history as (

    select
        driven.metric_id,
        driven.grain,
        driven.dimension,
        driven.dimension_value,
        values_of.period_start,
        values_of.period_end,
        values_of.value,
        values_of.target,
        values_of.status,
        row_number() over (
            partition by
                driven.metric_id, driven.grain, driven.dimension, driven.dimension_value
            order by values_of.period_start desc
        ) as recency,
    from driven
    inner join {{ ref('metric_values') }} as values_of
        on
            driven.metric_id = values_of.metric_id
            and driven.grain = values_of.grain
            and driven.dimension = values_of.dimension
            and driven.dimension_value = values_of.dimension_value
    where values_of.is_complete

),

-- Half a year of it says where it is going; all of it says what it has ever reached.
summed as (

    select
        history.metric_id,
        history.grain,
        history.dimension,
        history.dimension_value,
        max(history.period_end) filter (where history.recency = 1) as period_end,
        max(history.value) filter (where history.recency = 1) as value,
        max(history.target) filter (where history.recency = 1) as target,
        max(history.status) filter (where history.recency = 1) as status,
        min_by(history.value, history.period_start) filter (where history.value is not null)
            as first_value,
        min(history.value) as lowest_value,
        max(history.value) as highest_value,
        case
            when count(history.value) filter (where history.recency <= 6) >= 4
                then
                    regr_slope(
                        history.value,
                        -- Weeks from any day: only differences count.
                        {{ dbt.datediff("date '2000-01-03'", 'history.period_end', 'day') }} / 7.0
                        order by history.period_end
                    ) filter (where history.recency <= 6)
        end as weekly_slope,
    from history
    group by
        history.metric_id, history.grain, history.dimension, history.dimension_value

),

placed as (

    select
        driven.metric_id,
        driven.grain,
        driven.dimension,
        driven.dimension_value,
        driven.owner as owner_role,
        metrics.direction,
        metrics.unit,
        driven.valid_from,
        driven.due_on,
        coalesce(driven.baseline, summed.first_value) as baseline,
        driven.baseline is null as is_baseline_observed,
        summed.period_end,
        summed.value,
        coalesce(summed.target, driven.target) as target,
        driven.target_high,
        coalesce(summed.status, 'no_value') as status,
        summed.lowest_value,
        summed.highest_value,
        summed.weekly_slope,
        {{ dbt.datediff('driven.valid_from', 'run.as_of', 'day') }} as elapsed_days,
        {{ dbt.datediff('driven.valid_from', 'driven.due_on', 'day') }} as given_days,
        {{ dbt.datediff('run.as_of', 'driven.due_on', 'day') }} / 7.0 as weeks_left,
        run.as_of,
    from driven
    cross join {{ ref('int_calendar__run') }} as run
    inner join {{ ref('dim_metrics') }} as metrics
        on driven.metric_id = metrics.metric_id
    left join summed
        on
            driven.metric_id = summed.metric_id
            and driven.grain = summed.grain
            and driven.dimension = summed.dimension
            and driven.dimension_value = summed.dimension_value

),

projected as (

    select
        placed.*,
        -- A straight line from the baseline to the target by the due day.
        placed.baseline + (placed.target - placed.baseline)
        * least(1, placed.elapsed_days / nullif(cast(placed.given_days as double), 0))
            as expected_value,
        placed.value + placed.weekly_slope * greatest(placed.weeks_left, 0)
            as projected_value,
    from placed

),

metric_attainment as (

    select
        projected.metric_id,
        projected.grain,
        projected.dimension,
        projected.dimension_value,
        projected.owner_role,
        projected.valid_from,
        projected.due_on,
        cast(projected.baseline as double) as baseline,
        projected.is_baseline_observed,
        projected.period_end,
        projected.value,
        projected.target,
        projected.status,
        -- Of the way from the baseline to the target.
        case
            when projected.status = 'on_target' then 1.0
            else
                (projected.value - projected.baseline)
                / nullif(projected.target - projected.baseline, 0)
        end as attained_share,
        cast(projected.expected_value as double) as expected_value,
        cast(projected.projected_value as double) as projected_value,
        case
            when projected.status = 'on_target' or projected.weeks_left <= 0 then 0.0
            when projected.direction = 'band' and projected.value > projected.target_high
                then (projected.target_high - projected.value) / projected.weeks_left
            else (projected.target - projected.value) / projected.weeks_left
        end as needed_per_week,
        cast(projected.weekly_slope as double) as moving_per_week,
        cast(projected.weeks_left as double) as weeks_left,
        case
            when projected.value is null then 'no_value'
            when projected.status = 'on_target' then 'attained'
            when projected.weeks_left <= 0 then 'missed'
            when projected.projected_value is null then 'unknown'
            when
                (
                    projected.direction = 'up'
                    and projected.projected_value >= projected.target
                )
                or (
                    projected.direction = 'down'
                    and projected.projected_value <= projected.target
                )
                or (
                    projected.direction = 'band'
                    and projected.projected_value
                    between projected.target and projected.target_high
                )
                then 'on_pace'
            else 'behind'
        end as pace,
        -- No further beyond the best it has been than its worst is from its best.
        case projected.direction
            when 'up'
                then
                    projected.target
                    <= 2 * projected.highest_value - projected.lowest_value
            when 'down'
                then
                    projected.target
                    >= 2 * projected.lowest_value - projected.highest_value
            else
                projected.target
                <= 2 * projected.highest_value - projected.lowest_value
                and coalesce(projected.target_high, projected.target)
                >= 2 * projected.lowest_value - projected.highest_value
        end as is_within_reach,
    from projected

)

select * from metric_attainment
