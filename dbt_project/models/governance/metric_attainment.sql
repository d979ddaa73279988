-- Grain: one row per metric in drive mode and slice with a target, as of the run's day.
with

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
        driven.due_on,
        driven.valid_from,
    from {{ ref('int_forecasts__driven') }} as driven
    inner join {{ ref('int_metrics__headlines') }} as values_of
        on
            driven.metric_id = values_of.metric_id
            and driven.grain = values_of.grain
            and driven.dimension = values_of.dimension
            and driven.dimension_value = values_of.dimension_value
    where values_of.is_complete

),

-- Half a year of it says where it is going.
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

-- Where nobody stated one: of its three known periods before it began, else of the first three.
ordered as (

    select
        history.metric_id,
        history.grain,
        history.dimension,
        history.dimension_value,
        history.value,
        row_number() over (
            partition by
                history.metric_id, history.grain, history.dimension, history.dimension_value
            order by
                history.period_end >= history.valid_from asc,
                case
                    when history.period_end < history.valid_from then -history.recency
                    else history.recency
                end desc
        ) as nearest_first,
    from history
    where history.value is not null

),

baselines as (

    select
        ordered.metric_id,
        ordered.grain,
        ordered.dimension,
        ordered.dimension_value,
        case when count(*) = 3 then avg({{ as_exact('ordered.value') }}) end as baseline,
    from ordered
    where ordered.nearest_first <= 3
    group by
        ordered.metric_id, ordered.grain, ordered.dimension, ordered.dimension_value

),

-- In the period of the due day.
foretold as (

    select
        forecasts.metric_id,
        forecasts.grain,
        forecasts.dimension,
        forecasts.dimension_value,
        max_by(forecasts.value, forecasts.periods_ahead) as value,
        max_by(forecasts.lower, forecasts.periods_ahead) as lower,
        max_by(forecasts.upper, forecasts.periods_ahead) as upper,
        max_by(forecasts.probability, forecasts.periods_ahead) as probability,
    from {{ ref('metric_forecasts') }} as forecasts
    where forecasts.period_start <= forecasts.due_on
    group by
        forecasts.metric_id, forecasts.grain, forecasts.dimension, forecasts.dimension_value

),

-- How many periods are left, and how far it ever moved in as many.
paced as (

    select
        history.*,
        cast(
            ceil(
                {{ dbt.datediff('run.as_of', 'history.due_on', 'day') }} / case history.grain
                    when 'day' then 1.0
                    when 'week' then 7.0
                    when 'month' then 365.25 / 12
                    else 365.25 / 4
                end
            ) as integer
        ) as periods_left,
    from history
    cross join {{ ref('int_calendar__run') }} as run

),

moved as (

    select
        later.metric_id,
        later.grain,
        later.dimension,
        later.dimension_value,
        max(later.value - earlier.value) as largest_rise,
        max(earlier.value - later.value) as largest_fall,
        count(later.value - earlier.value) as move_count,
    from paced as later
    inner join paced as earlier
        on
            later.metric_id = earlier.metric_id
            and later.grain = earlier.grain
            and later.dimension = earlier.dimension
            and later.dimension_value = earlier.dimension_value
            and later.recency + later.periods_left = earlier.recency
    where later.periods_left > 0
    group by later.metric_id, later.grain, later.dimension, later.dimension_value

),

placed as (

    select
        driven.metric_id,
        driven.grain,
        driven.dimension,
        driven.dimension_value,
        driven.owner as owner_role,
        driven.direction,
        driven.label,
        driven.unit,
        driven.currency,
        driven.valid_from,
        driven.due_on,
        coalesce(driven.baseline, baselines.baseline) as baseline,
        driven.baseline is null as is_baseline_observed,
        summed.period_end,
        summed.value,
        -- Of a plan what stands in it for the due day, not for the newest period.
        case
            when driven.is_planned then driven.target
            else coalesce(summed.target, driven.target)
        end as target,
        driven.target_high,
        coalesce(summed.status, 'no_value') as status,
        foretold.value as projected_value,
        foretold.lower as projected_lower,
        foretold.upper as projected_upper,
        foretold.probability,
        summed.weekly_slope,
        moved.largest_rise,
        moved.largest_fall,
        coalesce(moved.move_count, 0) as move_count,
        {{ dbt.datediff('driven.valid_from', 'run.as_of', 'day') }} as elapsed_days,
        {{ dbt.datediff('driven.valid_from', 'driven.due_on', 'day') }} as given_days,
        {{ dbt.datediff('run.as_of', 'driven.due_on', 'day') }} / 7.0 as weeks_left,
        run.as_of,
    from {{ ref('int_forecasts__driven') }} as driven
    cross join {{ ref('int_calendar__run') }} as run
    left join baselines
        on
            driven.metric_id = baselines.metric_id
            and driven.grain = baselines.grain
            and driven.dimension = baselines.dimension
            and driven.dimension_value = baselines.dimension_value
    left join foretold
        on
            driven.metric_id = foretold.metric_id
            and driven.grain = foretold.grain
            and driven.dimension = foretold.dimension
            and driven.dimension_value = foretold.dimension_value
    left join summed
        on
            driven.metric_id = summed.metric_id
            and driven.grain = summed.grain
            and driven.dimension = summed.dimension
            and driven.dimension_value = summed.dimension_value
    left join moved
        on
            driven.metric_id = moved.metric_id
            and driven.grain = moved.grain
            and driven.dimension = moved.dimension
            and driven.dimension_value = moved.dimension_value

),

projected as (

    select
        placed.*,
        -- A straight line from the baseline to the target by the due day.
        placed.baseline + (placed.target - placed.baseline)
        * least(1, placed.elapsed_days / nullif(cast(placed.given_days as double), 0))
            as expected_value,
        -- Where the way ends: of a band at the edge that lies nearer to where it began.
        case
            when placed.direction != 'band' then placed.target
            when placed.baseline < placed.target then placed.target
            when placed.baseline > placed.target_high then placed.target_high
        end as goal,
        -- What is still missing: up where it is positive, down where it is negative.
        case
            when placed.direction = 'band' and placed.value > placed.target_high
                then placed.target_high - placed.value
            else placed.target - placed.value
        end as gap,
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
        projected.label,
        projected.value,
        projected.unit,
        projected.currency,
        projected.target,
        projected.status,
        -- Of the way from the baseline to the target. Who began beyond it has no way to go, and
        -- who went past the other edge of a band did not arrive.
        case
            when projected.status = 'on_target' then 'ok'
            when projected.value is null then 'no_value'
            when projected.baseline is null then 'no_baseline'
            when
                (projected.direction = 'up' and projected.baseline >= projected.goal)
                or (projected.direction = 'down' and projected.baseline <= projected.goal)
                or projected.goal is null
                then 'began_on_target'
            when
                projected.direction = 'band'
                and projected.gap * (projected.goal - projected.baseline) < 0
                then 'overshot'
            else 'ok'
        end as attained_state,
        case
            when projected.status = 'on_target' then 1.0
            when attained_state = 'ok'
                then
                    (projected.value - projected.baseline)
                    / (projected.goal - projected.baseline)
        end as attained_share,
        cast(projected.expected_value as double) as expected_value,
        case
            when projected.value is null then 'no_value'
            when projected.weeks_left <= 0 then 'over'
            when projected.projected_value is null then 'too_few'
            else 'ok'
        end as projected_state,
        {% for name in ['projected_value', 'projected_lower', 'projected_upper', 'probability'] -%}
        case when projected_state = 'ok' then cast(projected.{{ name }} as double) end
            as {{ name }},
        {% endfor -%}
        case
            when projected.value is null then null
            when projected.status = 'on_target' or projected.weeks_left <= 0 then 0.0
            else projected.gap / projected.weeks_left
        end as needed_per_week,
        cast(projected.weekly_slope as double) as moving_per_week,
        cast(projected.weeks_left as double) as weeks_left,
        case
            when projected.value is null then 'no_value'
            when projected.status = 'on_target' then 'attained'
            when projected.weeks_left <= 0 then 'missed'
            when projected.probability is null then 'unknown'
            when projected.probability >= 0.5 then 'on_pace'
            else 'behind'
        end as pace,
        -- As far as the gap in as many periods as are left has it moved before.
        case
            when projected.status = 'on_target' then 'ok'
            when projected.value is null then 'no_value'
            when projected.weeks_left <= 0 then 'ok'
            when projected.move_count < 3 then 'too_few'
            else 'ok'
        end as reach_state,
        case
            when projected.status = 'on_target' then true
            when projected.weeks_left <= 0 and projected.value is not null then false
            when reach_state = 'ok' and projected.gap > 0
                then projected.largest_rise >= projected.gap
            when reach_state = 'ok' then projected.largest_fall >= -projected.gap
        end as is_within_reach,
    from projected

)

select * from metric_attainment
