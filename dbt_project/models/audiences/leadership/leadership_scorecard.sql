-- Grain: one row per metric and slice of it, as of the run's day, under the function that runs it.
with

leadership_scorecard as (

    select
        slices.snapshot_on,
        metrics.function,
        metrics.metric_id,
        metrics.label,
        slices.root_metric_id,
        slices.path,
        slices.depth,
        metrics.signal,
        metrics.stage,
        metrics.unit,
        metrics.currency,
        metrics.direction,
        slices.grain,
        slices.period_start,
        slices.period_end,
        slices.dimension,
        slices.dimension_value,
        slices.judged_over,
        slices.value,
        slices.period_value,
        slices.state,
        slices.previous_value,
        slices.change_on_previous,
        slices.contribution,
        slices.target,
        slices.guardrail,
        slices.target_is_inherited,
        slices.status,
        slices.score,
        slices.branch_score,
        metrics.owner_role,
        metrics.levers,
        goals.goal,
        processes.process,
        metrics.paired_metric_id,
        case when slices.dimension = 'total' then narratives.narrative end as narrative,
        case when slices.dimension = 'total' then narratives.open_intervention_count end
            as open_intervention_count,
        hints.mode,
        case when slices.dimension = 'total' then hints.hint else signals.hint end as hint,
        slices.data_through_on,
    from {{ ref('int_scorecards__slices') }} as slices
    inner join {{ ref('dim_metrics') }} as metrics
        on slices.metric_id = metrics.metric_id
    inner join {{ ref('int_scorecards__narratives') }} as narratives
        on slices.metric_id = narratives.metric_id
    inner join {{ ref('metric_hints') }} as hints
        on metrics.metric_id = hints.metric_id
    left join {{ ref('metric_signals') }} as signals
        on
            slices.metric_id = signals.metric_id
            and slices.dimension = signals.dimension
            and slices.dimension_value = signals.dimension_value
            and slices.period_start = signals.period_start
    left join {{ ref('strategic_goals') }} as goals
        on metrics.goal_id = goals.goal_id
    left join {{ ref('key_processes') }} as processes
        on metrics.process_id = processes.process_id
    where list_contains(metrics.audiences, 'leadership')

)

select * from leadership_scorecard
