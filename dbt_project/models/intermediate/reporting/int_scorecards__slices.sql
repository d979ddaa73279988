-- Grain: one row per metric and slice, the total among them.
select
    scorecards.snapshot_on,
    scorecards.metric_id,
    scorecards.root_metric_id,
    array_to_string(scorecards.path[2:], ' > ') as path,
    scorecards.depth,
    scorecards.grain,
    scorecards.period_start,
    scorecards.period_end,
    values_of.dimension,
    values_of.dimension_value,
    values_of.judged_over,
    values_of.value,
    values_of.period_value,
    values_of.state,
    values_of.sample_size,
    before.value as previous_value,
    values_of.value - before.value as change_on_previous,
    case
        when values_of.dimension = 'total' then scorecards.change_on_previous
        else contributions.contribution
    end as contribution,
    values_of.target,
    values_of.guardrail,
    values_of.target_is_inherited,
    values_of.status,
    values_of.score,
    case when values_of.dimension = 'total' then scorecards.branch_score end as branch_score,
    scorecards.data_through_on,
from {{ ref('int_scorecards__metrics') }} as scorecards
inner join {{ ref('int_metrics__headlines') }} as values_of
    on
        scorecards.metric_id = values_of.metric_id
        and scorecards.grain = values_of.grain
        and scorecards.period_start = values_of.period_start
left join {{ ref('int_contributions__moves') }} as moves
    on
        scorecards.metric_id = moves.metric_id
        and scorecards.grain = moves.grain
        and scorecards.period_start = moves.period_start
        and moves.compared_with = 'period_before'
left join {{ ref('int_metrics__headlines') }} as before
    on
        values_of.metric_id = before.metric_id
        and values_of.grain = before.grain
        and moves.before_start = before.period_start
        and values_of.dimension = before.dimension
        and values_of.dimension_value = before.dimension_value
left join {{ ref('metric_contributions') }} as contributions
    on
        values_of.metric_id = contributions.metric_id
        and values_of.grain = contributions.grain
        and values_of.period_start = contributions.period_start
        and values_of.dimension = contributions.dimension
        and values_of.dimension_value = contributions.dimension_value
        and contributions.compared_with = 'period_before'
