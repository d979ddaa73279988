-- Grain: one row per metric, as of the run's day: clues that a goal alone would miss.
with

newest as (

    select
        judged.metric_id,
        judged.grain,
        judged.period_start,
        judged.value,
        row_number() over (
            partition by judged.metric_id order by judged.period_start desc
        ) as recency,
    from {{ ref('int_metrics__judged') }} as judged

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

-- What stands beside the newest period.
beside as (

    select
        events.metric_id,
        events.grain,
        events.period_start,
        string_agg(events.told, ', ' order by events.happened_on, events.kind, events.subject)
            as events,
    from {{ ref('period_events') }} as events
    group by events.metric_id, events.grain, events.period_start

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
        signals.value as period_value,
        signals.lower_limit as usual_low,
        signals.expected as usual_value,
        signals.upper_limit as usual_high,
        case
            when signals.expected is null then 'unknown'
            when signals.value < signals.lower_limit then 'below'
            when signals.value > signals.upper_limit then 'above'
            else 'within'
        end as band_position,
        signals.is_seasonal,
        signals.deviation as surprise,
        coalesce(signals.signal in ('spike', 'shift', 'trend'), false) as is_anomaly,
        coalesce(signals.signal, 'no_value') as signal,
        signals.onset,
        signals.hint as signal_hint,
        beside.events,
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
        on metrics.metric_id = newest.metric_id and newest.recency = 1
    left join {{ ref('metric_signals') }} as signals
        on metrics.metric_id = signals.metric_id and signals.dimension = 'total'
    left join beside
        on
            newest.metric_id = beside.metric_id
            and newest.grain = beside.grain
            and newest.period_start = beside.period_start
    left join benchmarks
        on metrics.metric_id = benchmarks.metric_id and benchmarks.best_first = 1

),

metric_hints as (

    select
        hinted.* exclude (hinted.label, hinted.unit, hinted.signal_hint),
        nullif(
            concat_ws(
                '; ',
                hinted.signal_hint,
                -- Beside a signal, for whoever looks for what made it; no cause is claimed.
                case
                    when hinted.signal_hint is not null
                        then
                            'in ' || {{ worded_period('hinted.grain', 'hinted.period_start') }}
                            || ': ' || hinted.events
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
