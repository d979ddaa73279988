-- Grain: one row per rule, subject, slice and month for which a condition was measured, with the
-- flag that it belongs to.
with

-- Of a condition's alternatives one is enough.
conditions as (

    select
        measured.rule_id,
        measured.subject_metric_id,
        measured.dimension,
        measured.dimension_value,
        measured.period_start,
        measured.condition_number,
        max(measured.known_on) as known_on,
        coalesce(bool_or(measured.is_met), false) as is_met,
        count(measured.is_met) = count(*) as is_known,
        coalesce(bool_or(measured.is_met and measured.is_critical), false) as is_critical,
    from {{ ref('int_diagnostics__measured') }} as measured
    group by all

),

needed as (

    select
        conditions.rule_id,
        count(distinct conditions.condition_number) as condition_count,
    from {{ ref('diagnostic_conditions') }} as conditions
    group by conditions.rule_id

),

judged as (

    select
        conditions.rule_id,
        conditions.subject_metric_id,
        conditions.dimension,
        conditions.dimension_value,
        conditions.period_start,
        max(conditions.known_on) as known_on,
        bool_or(conditions.is_critical) as is_critical,
        count(*) filter (where conditions.is_met) = max(needed.condition_count) as is_beyond,
        -- One condition that is known not to hold is a no; else nothing is known.
        case
            when bool_or(conditions.is_known and not conditions.is_met) then true
            when count(*) filter (where conditions.is_met) = max(needed.condition_count)
                then false
        end as is_inside,
        false as is_clear,
    from conditions
    inner join needed
        on conditions.rule_id = needed.rule_id
    group by
        conditions.rule_id,
        conditions.subject_metric_id,
        conditions.dimension,
        conditions.dimension_value,
        conditions.period_start

),

numbered as (

    {{ episodes(
        'judged',
        ['rule_id', 'subject_metric_id', 'dimension', 'dimension_value'],
        'period_start'
    ) }}

)

select
    numbered.*,
    {{ dbt.hash(dbt.concat([
        "'flag|'",
        'numbered.rule_id',
        "'|'",
        'numbered.subject_metric_id',
        "'|'",
        'numbered.dimension',
        "'|'",
        'numbered.dimension_value',
        "'|'",
        'cast(min(numbered.period_start) over episode as varchar)',
    ])) }} as flag_id,
from numbered
where numbered.episode_number > 0
window episode as (
    partition by
        numbered.rule_id,
        numbered.subject_metric_id,
        numbered.dimension,
        numbered.dimension_value,
        numbered.episode_number
)
