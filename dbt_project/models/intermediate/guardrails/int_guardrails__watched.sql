-- Grain: one row per metric, grain, slice and complete period for which a guardrail is
-- stated, with the breach that it belongs to.
with

-- What is only observed has no bounds yet.
driven as (

    select
        targets.metric_id,
        targets.grain,
        targets.dimension,
        targets.dimension_value,
    from {{ ref('metric_targets') }} as targets
    where targets.valid_from <= {{ as_of() }}
    group by targets.metric_id, targets.grain, targets.dimension, targets.dimension_value
    having max_by(targets.mode, targets.valid_from) = 'drive'

),

guarded as (

    select
        values_of.metric_id,
        values_of.grain,
        values_of.dimension,
        values_of.dimension_value,
        values_of.period_start,
        cast({{ dbt.dateadd('day', 'metrics.maturity_days', 'values_of.period_end') }} as date)
            as known_on,
        values_of.value,
        values_of.state,
        values_of.status,
        values_of.score,
        values_of.target,
        values_of.target_high,
        values_of.guardrail,
        values_of.guardrail_high,
        values_of.critical,
        metrics.direction,
        metrics.tier,
    from {{ ref('metric_values') }} as values_of
    inner join {{ ref('dim_metrics') }} as metrics
        on values_of.metric_id = metrics.metric_id
    inner join driven
        on
            values_of.metric_id = driven.metric_id
            and values_of.grain = driven.grain
            and values_of.dimension = driven.dimension
            and values_of.dimension_value = driven.dimension_value
    where
        values_of.guardrail is not null
        and values_of.is_complete
        and values_of.status != 'no_target'

),

-- A period without a value neither opens a breach nor closes one.
judged as (

    select
        guarded.*,
        {{ beyond_guardrail() }} as beyond,
        guarded.status = 'breach' as is_beyond,
        case
            when guarded.status != 'no_value' then guarded.status in ('watch', 'on_target')
        end as is_inside,
        -- A quarter of the way from the guardrail to the target.
        guarded.score >= 25 as is_clear,
    from guarded

),

numbered as (

    {{ episodes(
        'judged',
        ['metric_id', 'grain', 'dimension', 'dimension_value'],
        'period_start'
    ) }}

)

select
    numbered.*,
    numbered.is_beyond and (
        numbered.value is null
        or case
            when numbered.critical is not null and numbered.direction = 'up'
                then numbered.value <= numbered.critical
            when numbered.critical is not null and numbered.direction = 'down'
                then numbered.value >= numbered.critical
            when numbered.tier = 'core' then numbered.beyond >= 0.5
            else numbered.beyond >= 1
        end
    ) as is_critical,
from numbered
where numbered.episode_number > 0
