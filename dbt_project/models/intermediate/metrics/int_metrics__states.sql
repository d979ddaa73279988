-- Grain: one row per metric, grain, period and slice: its value, or why it has none.
with

judged as (

    select
        frame.metric_id,
        frame.grain,
        frame.period_start,
        periods.period_end,
        frame.dimension,
        frame.dimension_value,
        rows.value,
        rows.numerator,
        rows.denominator,
        rows.sample_size,
        rows.metric_id is not null as has_row,
        rows.lower,
        rows.upper,
        metrics.numerator_state,
        metrics.denominator_state,
        metrics.aggregation,
        metrics.min_sample,
        registry.denominator as denominator_metric_id,
        coalesce(
            coverage.covered_from <= periods.period_end
            and coverage.covered_through >= periods.period_start,
            false
        ) as is_covered,
        {{ dbt.dateadd('day', 'metrics.maturity_days', 'periods.period_end') }}
            as mature_on,
        metrics.maturity_days > 0 as is_cohort_rate,
        -- Null where a source that it requires is not connected.
        {{ at_most('coverage.covered_through', 'run.as_of') }} as data_through_on,
    from {{ ref('int_metrics__frame') }} as frame
    inner join {{ ref('int_calendar__periods') }} as periods
        on frame.grain = periods.grain and frame.period_start = periods.period_start
    inner join {{ ref('dim_metrics') }} as metrics
        on frame.metric_id = metrics.metric_id
    left join {{ ref('metric_registry') }} as registry
        on frame.metric_id = registry.metric_id
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('int_metrics__rows') }} as rows
        on
            frame.metric_id = rows.metric_id
            and frame.grain = rows.grain
            and frame.period_start = rows.period_start
            and frame.dimension = rows.dimension
            and frame.dimension_value = rows.dimension_value
    left join {{ ref('int_metrics__coverage') }} as coverage
        on frame.metric_id = coverage.metric_id

),

stated as (

    select
        judged.*,
        case
            when not judged.is_covered then 'no_data'
            when judged.is_cohort_rate and judged.mature_on > judged.data_through_on
                then 'immature'
            when judged.numerator_state is not null and judged.numerator <= 0
                then judged.numerator_state
            when judged.denominator_state is not null and judged.denominator <= 0
                then judged.denominator_state
            -- A lower part that is not known is not zero, and its state is no answer.
            when judged.denominator_state is not null and judged.denominator is null
                then 'no_data'
            -- Something was counted, of which the sources do not tell the other part.
            when
                judged.value is null
                and judged.numerator is null
                and judged.denominator > 0
                then 'no_data'
            when judged.min_sample > 0 and coalesce(judged.sample_size, 0) < judged.min_sample
                then 'too_few'
            when
                judged.aggregation = 'distribution'
                and judged.value is null
                and judged.sample_size > 0
                then 'not_reached'
            when judged.value is not null then 'ok'
            -- Within the window that sources cover, nothing counted is a zero.
            when judged.aggregation in ('balance', 'activity') then 'ok'
            else 'undefined'
        end as state,
    from judged

),

-- Where the lower part is a metric, it may have no value because of what it is divided by.
explained as (

    select
        stated.* replace (
            case
                when
                    stated.is_covered
                    and stated.denominator is null
                    and stated.denominator_state = lower_parts.state
                    then lower_parts.state
                else stated.state
            end as state
        ),
    from stated
    left join stated as lower_parts
        on
            stated.denominator_metric_id = lower_parts.metric_id
            and stated.grain = lower_parts.grain
            and stated.period_start = lower_parts.period_start
            and stated.dimension = lower_parts.dimension
            and stated.dimension_value = lower_parts.dimension_value

)

select
    explained.metric_id,
    explained.grain,
    explained.period_start,
    explained.period_end,
    explained.dimension,
    explained.dimension_value,
    case when explained.state = 'ok' then coalesce(explained.value, 0) end as value,
    case when explained.state != 'no_data' then explained.numerator end as numerator,
    case when explained.state != 'no_data' then explained.denominator end as denominator,
    -- What a rate rests on; a count and a balance are no samples of anything. A fact that keeps
    -- its count to itself, because it is of too few, has not counted nobody.
    case
        when explained.state = 'too_few' and explained.has_row then explained.sample_size
        when explained.state != 'no_data' and explained.aggregation not in ('balance', 'activity')
            then coalesce(explained.sample_size, 0)
    end as sample_size,
    case when explained.state = 'ok' then explained.lower end as lower,
    case when explained.state = 'ok' then explained.upper end as upper,
    explained.state,
    coalesce(explained.is_covered and explained.mature_on <= explained.data_through_on, false)
        as is_complete,
    explained.data_through_on,
from explained
