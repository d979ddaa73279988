-- Grain: one row per flag: rule, subject, slice and the month that raised it.
with

spans as (

    select
        watched.flag_id,
        watched.rule_id,
        watched.subject_metric_id,
        watched.dimension,
        watched.dimension_value,
        min(watched.period_start) as opened_period_start,
        min(watched.known_on) as opened_on,
        max(watched.period_start) filter (where watched.is_beyond) as last_seen_period_start,
        max(watched.known_on) filter (where watched.is_beyond) as last_seen_on,
        min(watched.known_on) filter (where not watched.is_in_episode) as closed_on,
        count(*) filter (where watched.is_beyond) as periods_seen,
        bool_or(watched.is_beyond and watched.is_critical) as is_critical,
    from {{ ref('int_diagnostics__watched') }} as watched
    group by all

),

diagnostic_flags as (

    select
        spans.flag_id,
        spans.rule_id,
        rules.question,
        spans.subject_metric_id,
        spans.dimension,
        spans.dimension_value,
        spans.opened_period_start,
        spans.opened_on,
        spans.last_seen_period_start,
        spans.last_seen_on,
        spans.closed_on,
        cast(spans.periods_seen as integer) as periods_seen,
        spans.closed_on is null as is_open,
        case when spans.is_critical then 'critical' else rules.severity end as severity,
        triggers.playbook_id,
        rules.owner_role,
    from spans
    inner join {{ ref('diagnostic_rules') }} as rules
        on spans.rule_id = rules.rule_id
    left join {{ ref('playbook_triggers') }} as triggers
        on spans.rule_id = triggers.trigger and triggers.trigger_type = 'rule'

)

select * from diagnostic_flags
