-- Grain: one row per ISO week and metric of the executive core, as it was first published.
with

current_week as (

    select
        run.as_of,
        {{ last_full_week('run.as_of') }} as week_starts_on,
        {{ iso_week(last_full_week('run.as_of')) }} as week,
    from {{ ref('int_calendar__run') }} as run

),

-- The period that runs: what it has come to so far, judged by nobody.
to_date as (

    select
        values_of.metric_id,
        values_of.grain,
        values_of.period_start,
        values_of.value,
    from {{ ref('metric_values') }} as values_of
    cross join current_week
    where
        values_of.dimension = 'total'
        and not values_of.is_complete
        and current_week.as_of between values_of.period_start and values_of.period_end

),

-- Amounts that weeks add up to; of a rate four weeks are no mean of four.
week_values as (

    select
        values_of.metric_id,
        date_diff('week', values_of.period_start, current_week.week_starts_on) as weeks_ago,
        values_of.value,
    from {{ ref('metric_values') }} as values_of
    inner join {{ ref('dim_metrics') }} as metrics
        on values_of.metric_id = metrics.metric_id
    cross join current_week
    where
        values_of.dimension = 'total'
        and values_of.grain = 'week'
        and values_of.is_complete
        and values_of.value is not null
        and metrics.aggregation = 'activity'

),

rolling as (

    select
        week_values.metric_id,
        max(week_values.value) filter (where week_values.weeks_ago = 0) as week_value,
        case
            when count(*) filter (where week_values.weeks_ago < 4) = 4
                then {{ exact_sum(
                    'week_values.value', 'filter (where week_values.weeks_ago < 4)'
                ) }}
        end as last_4_weeks,
        case
            when count(*) = 13 then {{ exact_sum('week_values.value') }}
        end as last_13_weeks,
    from week_values
    where week_values.weeks_ago between 0 and 12
    group by week_values.metric_id

),

kept as (

    select published_weeks.*
    from {{ ref('stg_raw_meta__published_weeks') }} as published_weeks
    inner join current_week
        on published_weeks.week_starts_on <= current_week.week_starts_on

),

reviews as (

    select
        kept.week,
        kept.week_starts_on,
        kept.snapshot_on,
        kept.metric_id,
        kept.label,
        kept.driver_family,
        kept.unit,
        kept.currency,
        kept.direction,
        kept.grain,
        kept.period_start,
        kept.period_end,
        kept.judged_over,
        kept.value,
        kept.state,
        kept.target,
        kept.guardrail,
        kept.status,
        kept.score,
        kept.company_score,
        kept.to_date_start,
        kept.to_date_value,
        kept.week_value,
        kept.last_4_weeks,
        kept.last_13_weeks,
        kept.owner_role,
        kept.narrative,
    from kept
    union all
    select
        current_week.week,
        current_week.week_starts_on,
        scorecards.snapshot_on,
        scorecards.metric_id,
        scorecards.label,
        scorecards.driver_family,
        scorecards.unit,
        scorecards.currency,
        scorecards.direction,
        scorecards.grain,
        scorecards.period_start,
        scorecards.period_end,
        scorecards.judged_over,
        scorecards.value,
        scorecards.state,
        scorecards.target,
        scorecards.guardrail,
        scorecards.status,
        scorecards.score,
        scorecards.company_score,
        to_date.period_start as to_date_start,
        to_date.value as to_date_value,
        rolling.week_value,
        rolling.last_4_weeks,
        rolling.last_13_weeks,
        scorecards.owner_role,
        scorecards.narrative,
    from {{ ref('executive_scorecard') }} as scorecards
    cross join current_week
    left join to_date
        on scorecards.metric_id = to_date.metric_id and scorecards.grain = to_date.grain
    left join rolling
        on scorecards.metric_id = rolling.metric_id
    where current_week.week not in (select kept.week from kept)

),

-- Only what was judged alike can be taken from one another.
executive_weeks as (

    select
        reviews.*,
        earlier.period_start as period_start_week_before,
        earlier.value as value_week_before,
        earlier.status as status_week_before,
        case
            when
                reviews.grain = earlier.grain
                and reviews.judged_over = earlier.judged_over
                then reviews.value - earlier.value
        end as change_on_week,
    from reviews
    left join reviews as earlier
        on
            reviews.metric_id = earlier.metric_id
            and reviews.week_starts_on = {{ dbt.dateadd('week', 1, 'earlier.week_starts_on') }}

)

select * from executive_weeks
