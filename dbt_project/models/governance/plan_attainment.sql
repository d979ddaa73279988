-- Grain: one row per metric that has a plan for the year of the run's day.
{% set fewest = 10 -%}
with

history as (

    select
        planned.metric_id,
        planned.first_month,
        planned.is_summed,
        values_of.period_start,
        values_of.period_end,
        values_of.value,
        row_number() over (
            partition by planned.metric_id order by values_of.period_start desc
        ) as recency,
    from {{ ref('int_forecasts__planned') }} as planned
    inner join {{ ref('int_metrics__headlines') }} as values_of
        on
            planned.metric_id = values_of.metric_id
            and planned.last_month >= values_of.period_start
            and values_of.grain = 'month'
            and values_of.dimension = 'total'
            and values_of.is_complete

),

-- A sum of which a month is not known is not known.
so_far as (

    select
        history.metric_id,
        max(history.period_start) as known_start,
        max(history.period_end) as period_end,
        case
            when not bool_or(history.is_summed)
                then max(history.value) filter (where history.recency = 1)
            when bool_or(history.value is null and history.period_start >= history.first_month)
                then null
            else
                coalesce(
                    {{ exact_sum(
                        'history.value',
                        'filter (where history.period_start >= history.first_month)'
                    ) }},
                    0
                )
        end as value_so_far,
        -- Of the newest three months, by week.
        case
            when count(history.value) filter (where history.recency <= 4) < 4 then null
            when bool_or(history.is_summed)
                then
                    {{ exact_sum('history.value', 'filter (where history.recency <= 3)') }}
                    / ({{ dbt.datediff(
                        'max(history.period_end) filter (where history.recency = 4)',
                        'max(history.period_end)',
                        'day'
                    ) }} / 7.0)
            else
                (
                    max(history.value) filter (where history.recency = 1)
                    - max(history.value) filter (where history.recency = 4)
                ) / ({{ dbt.datediff(
                    'max(history.period_end) filter (where history.recency = 4)',
                    'max(history.period_end)',
                    'day'
                ) }} / 7.0)
        end as moving_per_week,
    from history
    group by history.metric_id

),

planned_so_far as (

    select
        planned.metric_id,
        case
            when planned.is_summed then {{ exact_sum('plans.planned') }}
            else max_by(plans.planned, plans.month_start)
        end as planned_so_far,
    from {{ ref('int_forecasts__planned') }} as planned
    inner join so_far
        on planned.metric_id = so_far.metric_id
    inner join {{ ref('int_plans__months') }} as plans
        on
            planned.metric_id = plans.metric_id
            and planned.first_month <= plans.month_start
            and so_far.known_start >= plans.month_start
    group by planned.metric_id, planned.is_summed

),

placed as (

    select
        planned.*,
        so_far.known_start,
        so_far.period_end,
        so_far.value_so_far,
        so_far.moving_per_week,
        -- Before the first month has ended nothing was to be there of a sum.
        case
            when planned.is_summed then coalesce(planned_so_far.planned_so_far, 0)
            else planned_so_far.planned_so_far
        end as planned_so_far,
        {{ dbt.datediff('so_far.known_start', 'planned.last_month', 'month') }} as months_left,
        {{ dbt.datediff('so_far.period_end', 'planned.due_on', 'day') }} / 7.0 as weeks_left,
    from {{ ref('int_forecasts__planned') }} as planned
    left join so_far
        on planned.metric_id = so_far.metric_id
    left join planned_so_far
        on planned.metric_id = planned_so_far.metric_id

),

-- What stands today, and what it told from each month's end before.
told as (

    select
        walks.metric_id,
        walks.grain,
        walks.dimension,
        walks.known_start,
        walks.is_today,
        walks.periods_ahead,
        walks.value,
        walks.actual,
        false as is_bridge,
    from {{ ref('int_forecasts__walks') }} as walks

    union all

    select
        bridges.metric_id,
        bridges.grain,
        bridges.dimension,
        bridges.known_start,
        bridges.is_today,
        bridges.periods_ahead,
        bridges.value,
        bridges.actual,
        true as is_bridge,
    from {{ ref('int_forecasts__bridges') }} as bridges

),

-- The months that are left of the year, and as many from each month's end before.
added as (

    select
        told.metric_id,
        told.is_today,
        {{ exact_sum('told.value') }} as told_value,
        case when count(told.actual) = count(*) then {{ exact_sum('told.actual') }} end as actual,
    from told
    inner join placed
        on told.metric_id = placed.metric_id
    inner join {{ ref('metric_forecasts') }} as forecasts
        on
            told.metric_id = forecasts.metric_id
            and told.grain = forecasts.grain
            and told.dimension = forecasts.dimension
            and told.periods_ahead = forecasts.periods_ahead
            and told.is_bridge = (forecasts.model in ('bridge', 'bridge_outlook'))
    where
        told.grain = 'month'
        and told.dimension = 'total'
        and told.periods_ahead <= placed.months_left
        and placed.is_summed
    group by told.metric_id, told.known_start, told.is_today, placed.months_left
    having count(*) = placed.months_left

),

-- How far off that was each time is how far off it may be now.
summed as (

    select
        placed.metric_id,
        placed.value_so_far + today.told_value as projected_value,
        count(added.actual) as landed_count,
        projected_value + quantile_cont(added.actual - added.told_value, 0.1) as projected_lower,
        projected_value + quantile_cont(added.actual - added.told_value, 0.9) as projected_upper,
        count(*) filter (
            where
            added.actual is not null
            and case
                when placed.direction = 'down'
                    then projected_value + added.actual - added.told_value <= placed.planned
                else projected_value + added.actual - added.told_value >= placed.planned
            end
        ) as met_count,
    from placed
    inner join added as today
        on placed.metric_id = today.metric_id and today.is_today
    inner join added
        on placed.metric_id = added.metric_id
    group by
        placed.metric_id,
        placed.value_so_far,
        placed.direction,
        placed.planned,
        today.told_value

),

landed as (

    select
        summed.metric_id,
        summed.projected_value,
        summed.projected_lower,
        summed.projected_upper,
        (summed.met_count + 0.5) / cast(summed.landed_count + 1 as double) as probability,
    from summed
    where summed.landed_count >= {{ fewest }}

    union all

    -- Of what does not add up the forecast of the last month; of another target than the plan it
    -- is not known how probable the plan is.
    select
        placed.metric_id,
        forecasts.value as projected_value,
        forecasts.lower as projected_lower,
        forecasts.upper as projected_upper,
        case
            when coalesce(forecasts.target, placed.planned) = placed.planned
                then forecasts.probability
        end as probability,
    from placed
    inner join {{ ref('metric_forecasts') }} as forecasts
        on
            placed.metric_id = forecasts.metric_id
            and placed.months_left = forecasts.periods_ahead
            and forecasts.grain = 'month'
            and forecasts.dimension = 'total'
    where not placed.is_summed

),

plan_attainment as (

    select
        placed.metric_id,
        placed.owner_role,
        placed.label,
        placed.unit,
        placed.currency,
        placed.first_month,
        placed.due_on,
        placed.period_end,
        cast(placed.planned as double) as planned,
        cast(placed.planned_so_far as double) as planned_so_far,
        cast(placed.value_so_far as double) as value_so_far,
        cast(placed.value_so_far - placed.planned_so_far as double) as ahead_of_plan,
        cast(placed.weeks_left as double) as weeks_left,
        case
            when placed.value_so_far is null then 'no_value'
            when placed.months_left <= 0 then 'over'
            when landed.projected_value is null then 'too_few'
            else 'ok'
        end as projected_state,
        {% for name in ['projected_value', 'projected_lower', 'projected_upper', 'probability'] -%}
        case when projected_state = 'ok' then cast(landed.{{ name }} as double) end
            as {{ name }},
        {% endfor -%}
        cast(
            case
                when placed.months_left <= 0 then null
                else (placed.planned - placed.value_so_far) / placed.weeks_left
            end as double
        ) as needed_per_week,
        cast(placed.moving_per_week as double) as moving_per_week,
        cast(
            case
                when placed.months_left <= 0 then null
                else
                    placed.moving_per_week
                    - (placed.planned - placed.value_so_far) / placed.weeks_left
            end as double
        ) as surplus_per_week,
        case
            when placed.value_so_far is null then 'no_value'
            when
                placed.months_left <= 0
                and case
                    when placed.direction = 'down' then placed.value_so_far <= placed.planned
                    else placed.value_so_far >= placed.planned
                end
                then 'attained'
            when placed.months_left <= 0 then 'missed'
            when projected_state != 'ok' or landed.probability is null then 'unknown'
            when landed.probability >= 0.5 then 'on_pace'
            else 'behind'
        end as pace,
    from placed
    left join landed
        on placed.metric_id = landed.metric_id

)

select * from plan_attainment
