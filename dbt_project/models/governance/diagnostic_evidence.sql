-- Grain: one row per flag, month in which it was seen, and condition with its alternative.
with

diagnostic_evidence as (

    select
        watched.flag_id,
        measured.period_start,
        measured.condition_number,
        measured.metric_id,
        measured.part,
        measured.comparison,
        measured.dimension,
        measured.dimension_value,
        measured.window_periods,
        measured.lag_periods,
        measured.threshold,
        measured.measure,
        measured.compared_value,
        measured.value,
        measured.is_met,
        measured.label
        || case when measured.part = 'value' then '' else ' (' || measured.part || ')' end
        || ' '
        || replace(measured.comparison, '_', ' ')
        || ': '
        || case
            when measured.comparison = 'has_no_value'
                then 'in none of ' || measured.window_periods || ' months'
            when measured.comparison = 'at_cap'
                then concat(
                    {{ worded_value('measured.value', 'measured.unit') }},
                    ' in all of ',
                    measured.window_periods,
                    ' months'
                )
            when measured.part != 'value'
                then
                    {{ worded_move('measured.compared_value', 'measured.value', "'currency'") }}
            when measured.comparison in ('above', 'below')
                then concat(
                    {{ worded_value('measured.measure', 'measured.unit') }},
                    ', the line is ',
                    {{ worded_value('measured.threshold', 'measured.unit') }}
                )
            -- It moved between two ends that are equal.
            when measured.compared_value = measured.value
                then concat(
                    {{ worded_value('measured.value', 'measured.unit') }},
                    ' at both ends, trend ',
                    {{ worded_value('measured.measure', "'rate'") }},
                    ' of its mean'
                )
            else
                {{ worded_move('measured.compared_value', 'measured.value', 'measured.unit') }}
        end as finding,
    from {{ ref('int_diagnostics__watched') }} as watched
    inner join {{ ref('int_diagnostics__measured') }} as measured
        on
            watched.rule_id = measured.rule_id
            and watched.subject_metric_id = measured.subject_metric_id
            and watched.dimension = measured.dimension
            and watched.dimension_value = measured.dimension_value
            and watched.period_start = measured.period_start
    where watched.is_beyond and measured.is_met is not null

)

select * from diagnostic_evidence
