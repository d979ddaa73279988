-- Grain: one row per metric, as of the run's day.
with

leading_drivers as (

    select
        drivers.metric_id,
        drivers.driver_metric_id as leading_metric_id,
        drivers.p_value,
        labels.label || ' ' || signals.hint || '. ' || drivers.sentence as told,
    from {{ ref('metric_drivers') }} as drivers
    inner join {{ ref('dim_metrics') }} as labels
        on drivers.driver_metric_id = labels.metric_id
    left join {{ ref('metric_signals') }} as signals
        on drivers.driver_metric_id = signals.metric_id and signals.dimension = 'total'
    where drivers.verdict = 'leads'

),

leading_lists as (

    select
        leading_drivers.metric_id,
        list(
            leading_drivers.leading_metric_id
            order by leading_drivers.p_value, leading_drivers.leading_metric_id
        ) as leading_metric_ids,
        -- Only of those that moved otherwise than usual there is something to be told.
        string_agg(
            leading_drivers.told,
            ' '
            order by leading_drivers.p_value, leading_drivers.leading_metric_id
        ) as leading_values,
    from leading_drivers
    group by leading_drivers.metric_id

),

scorecards as (

    select
        metrics.*,
        case
            when metrics.judged_over != 'period'
                then 'the ' || replace(metrics.judged_over, 'm', ' months to ')
            else ''
        end
        || {{ worded_period('metrics.grain', 'metrics.period_start') }} as worded_period,
        {{ worded_period('metrics.grain', 'metrics.period_start') }} as last_period,
    from {{ ref('int_scorecards__metrics') }} as metrics

),

worded as (

    select
        scorecards.metric_id,
        labels.label
        || case
            when scorecards.state != 'ok'
                then
                    coalesce(' in ' || scorecards.worded_period, '')
                    || ': ' || {{ worded_state(
                        'scorecards.state', 'scorecards.data_through_on'
                    ) }}
            when coalesce(scorecards.change_on_previous, 0) = 0
                then
                    ' stood at ' || {{ worded_value('scorecards.value', 'labels.unit') }}
                    || coalesce(' ' || upper(labels.currency), '')
                    || ' in ' || scorecards.worded_period
            else
                case when scorecards.change_on_previous > 0 then ' rose' else ' fell' end
                || ' by '
                || substr(
                    {{ worded_change('scorecards.change_on_previous', 'labels.unit') }}, 2
                )
                || ' to ' || {{ worded_value('scorecards.value', 'labels.unit') }}
                || coalesce(' ' || upper(labels.currency), '')
                || ' in ' || scorecards.worded_period
        end
        || case
            when scorecards.target is null or labels.direction = 'band' then ''
            else
                ' (target ' || {{ worded_value('scorecards.target', 'labels.unit') }}
                || ', ' || replace(scorecards.status, '_', ' ') || ')'
        end
        || coalesce(
            case
                when scorecards.judged_over != 'period'
                    then
                        '; ' || scorecards.last_period || ' alone '
                        || {{ worded_value('scorecards.period_value', 'labels.unit') }}
            end,
            ''
        )
        || coalesce(
            '; 95 % interval '
            || {{ worded_value('scorecards.lower', 'labels.unit') }} || ' to '
            || {{ worded_value('scorecards.upper', 'labels.unit') }},
            ''
        )
        || '.' as what_moved,
        nullif(explanations.explanation, '') as what_made_it,
        pairs.label || ' beside it: '
        || coalesce(
            {{ worded_value('paired.value', 'pairs.unit') }},
            {{ worded_state('paired.state', 'paired.data_through_on') }}
        ) as what_stands_beside,
        coalesce(
            doing.what_is_done,
            case
                when scorecards.status = 'breach' then 'Nothing is being done about it yet.'
            end
        ) as what_is_done,
        coalesce(doing.intervention_count, 0) as intervention_count,
        leading_lists.leading_metric_ids,
        leading_lists.leading_values,
    from scorecards
    inner join {{ ref('dim_metrics') }} as labels
        on scorecards.metric_id = labels.metric_id
    left join {{ ref('int_contributions__explanations') }} as explanations
        on
            scorecards.metric_id = explanations.metric_id
            and scorecards.grain = explanations.grain
            and scorecards.period_start = explanations.period_start
            and explanations.compared_with = 'period_before'
    left join {{ ref('int_scorecards__metrics') }} as paired
        on labels.paired_metric_id = paired.metric_id
    left join {{ ref('dim_metrics') }} as pairs
        on labels.paired_metric_id = pairs.metric_id
    left join leading_lists
        on scorecards.metric_id = leading_lists.metric_id
    left join {{ ref('int_interventions__doing') }} as doing
        on scorecards.metric_id = doing.metric_id

)

select
    worded.metric_id,
    concat_ws(
        ' ',
        worded.what_moved,
        upper(worded.what_made_it[1]) || substr(worded.what_made_it, 2) || '.',
        worded.what_stands_beside || '.',
        'Leading it: ' || worded.leading_values,
        worded.what_is_done
    ) as narrative,
    worded.intervention_count as open_intervention_count,
    coalesce(worded.leading_metric_ids, []) as leading_metric_ids,
from worded
