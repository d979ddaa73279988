-- Grain: one row per metric, as of the run's day: clues that a goal alone would miss.
with

history as (

    select
        judged.metric_id,
        judged.grain,
        judged.period_start,
        judged.value,
        row_number() over (
            partition by judged.metric_id order by judged.period_start desc
        ) as recency,
        -- What the season does to a value, it did a year before too.
        judged.value - lag(judged.value, case judged.grain
            when 'week' then 52 when 'month' then 12 else 4
        end) over (
            partition by judged.metric_id order by judged.period_start
        ) as change_on_year,
        judged.value - lag(judged.value) over (
            partition by judged.metric_id order by judged.period_start
        ) as change_on_previous,
    from {{ ref('int_metrics__judged') }} as judged

),

-- Bands of its own history: the middle 80 % of the twelve periods before the newest.
bands as (

    select
        history.metric_id,
        count(history.value) as period_count,
        percentile_cont(0.5) within group (order by history.value) as usual_value,
        percentile_cont(0.1) within group (order by history.value) as usual_low,
        percentile_cont(0.9) within group (order by history.value) as usual_high,
    from history
    where history.recency between 2 and 13
    group by history.metric_id

),

-- A year and more of seasonal changes tells a season from an anomaly; before that only the
-- change on the period before is there to compare.
changes as (

    select
        history.metric_id,
        history.recency,
        case
            when count(history.change_on_year) over whole >= 7 then history.change_on_year
            else history.change_on_previous
        end as change,
        count(history.change_on_year) over whole >= 7 as is_seasonal,
    from history
    where history.recency <= 13
    window whole as (partition by history.metric_id)

),

centres as (

    select
        changes.metric_id,
        percentile_cont(0.5) within group (order by changes.change) as usual_change,
    from changes
    where changes.recency between 2 and 13
    group by changes.metric_id
    having count(changes.change) >= 6

),

dispersions as (

    select
        changes.metric_id,
        max(centres.usual_change) as usual_change,
        -- 1.4826 times the median of absolute deviations estimates a standard deviation.
        1.4826 * percentile_cont(0.5) within group (
            order by abs(changes.change - centres.usual_change)
        ) as spread,
    from changes
    inner join centres
        on changes.metric_id = centres.metric_id
    where changes.recency between 2 and 13
    group by changes.metric_id

),

newest as (

    select
        history.metric_id,
        history.grain,
        history.period_start,
        history.value,
        changes.change,
        changes.is_seasonal,
    from history
    inner join changes
        on history.metric_id = changes.metric_id and changes.recency = 1
    where history.recency = 1

),

modes as (

    select
        targets.metric_id,
        max_by(targets.mode, targets.valid_from) as mode,
    from {{ ref('metric_targets') }} as targets
    group by targets.metric_id

),

benchmarks as (

    select
        benchmarks.*,
        row_number() over (
            partition by benchmarks.metric_id
            order by benchmarks.grade asc, benchmarks.as_of desc, benchmarks.source asc
        ) as best_first,
    from {{ ref('metric_benchmarks') }} as benchmarks
    where benchmarks.segment = 'total'

),

hinted as (

    select
        metrics.metric_id,
        metrics.label,
        metrics.unit,
        coalesce(modes.mode, 'observe') as mode,
        newest.grain,
        newest.period_start,
        newest.value,
        cast(bands.usual_low as double) as usual_low,
        cast(bands.usual_value as double) as usual_value,
        cast(bands.usual_high as double) as usual_high,
        case
            when newest.value is null or bands.period_count < 6 then 'unknown'
            when newest.value < bands.usual_low then 'below'
            when newest.value > bands.usual_high then 'above'
            else 'within'
        end as band_position,
        newest.is_seasonal,
        cast((newest.change - dispersions.usual_change) / nullif(dispersions.spread, 0) as double)
            as surprise,
        coalesce(
            abs(newest.change - dispersions.usual_change) > 3.5 * dispersions.spread
            and dispersions.spread > 0,
            false
        ) as is_anomaly,
        benchmarks.median as benchmark_median,
        benchmarks.top_quartile as benchmark_top_quartile,
        benchmarks.grade as benchmark_grade,
        benchmarks.source as benchmark_source,
        case
            when
                newest.value is null
                or benchmarks.median is null
                or metrics.direction not in ('up', 'down')
                then null
            when newest.value = benchmarks.median then 'equal'
            when (newest.value > benchmarks.median) = (metrics.direction = 'up')
                then 'better'
            else 'worse'
        end as against_benchmark,
    from {{ ref('dim_metrics') }} as metrics
    left join modes
        on metrics.metric_id = modes.metric_id
    left join newest
        on metrics.metric_id = newest.metric_id
    left join bands
        on metrics.metric_id = bands.metric_id
    left join dispersions
        on metrics.metric_id = dispersions.metric_id
    left join benchmarks
        on metrics.metric_id = benchmarks.metric_id and benchmarks.best_first = 1

),

metric_hints as (

    select
        hinted.* exclude (hinted.label, hinted.unit),
        nullif(
            concat_ws(
                '; ',
                case
                    when hinted.band_position in ('above', 'below') then
                        hinted.band_position || ' its usual '
                        || {{ worded_value('hinted.usual_low', 'hinted.unit') }} || ' to '
                        || {{ worded_value('hinted.usual_high', 'hinted.unit') }}
                end,
                case
                    when hinted.is_anomaly and hinted.is_seasonal
                        then 'moved in the year as it hardly ever does'
                    when hinted.is_anomaly
                        then 'moved since the period before as it hardly ever does'
                end,
                case hinted.against_benchmark
                    when 'worse' then
                        'worse than the median of others, '
                        || {{ worded_value('hinted.benchmark_median', 'hinted.unit') }}
                        || ' (grade ' || hinted.benchmark_grade || ')'
                end
            ),
            ''
        ) as hint,
    from hinted

)

select * from metric_hints
