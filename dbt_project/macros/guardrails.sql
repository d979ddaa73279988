{#- Breaches of guardrails, of the first values and of those that count what these call for. -#}

{#- Complete periods for which a guardrail is stated, with the breach that each belongs to. -#}
{% macro watched_periods(metric_values) -%}
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
        values_of.judged_value as value,
        values_of.judged_state as state,
        values_of.status,
        values_of.score,
        values_of.target,
        values_of.target_high,
        values_of.guardrail,
        values_of.guardrail_high,
        values_of.critical,
        metrics.direction,
        metrics.tier,
    from {{ metric_values }} as values_of
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
{%- endmacro %}

{#- One row per breach of watched periods. -#}
{% macro breaches_of(watched) -%}
with

-- The newest period before the breach closed, and of equally bad ones the earliest.
lasting as (

    select
        watched.*,
        row_number() over (
            partition by
                watched.metric_id,
                watched.grain,
                watched.dimension,
                watched.dimension_value,
                watched.episode_number
            order by
                watched.is_beyond desc,
                watched.value is null desc,
                watched.beyond desc,
                watched.period_start asc
        ) as worst_first,
    from {{ watched }} as watched
    where watched.is_in_episode

),

closings as (

    select
        watched.metric_id,
        watched.grain,
        watched.dimension,
        watched.dimension_value,
        watched.episode_number,
        min(watched.period_start) as closed_period_start,
        min(watched.known_on) as closed_on,
    from {{ watched }} as watched
    where not watched.is_in_episode
    group by all

),

islands as (

    select
        lasting.metric_id,
        lasting.grain,
        lasting.dimension,
        lasting.dimension_value,
        lasting.episode_number,
        min(lasting.period_start) as opened_period_start,
        min(lasting.known_on) as opened_on,
        max(lasting.period_start) filter (where lasting.worst_first = 1) as worst_period_start,
        max(lasting.value) filter (where lasting.worst_first = 1) as worst_value,
        max(lasting.state) filter (where lasting.worst_first = 1) as worst_state,
        max(lasting.beyond) filter (where lasting.worst_first = 1) as worst_beyond,
        max(lasting.target) filter (where lasting.worst_first = 1) as target,
        max(lasting.guardrail) filter (where lasting.worst_first = 1) as guardrail,
        count(*) as periods_lasted,
        count(*) filter (where lasting.is_beyond) as periods_beyond,
        bool_or(lasting.is_critical) as is_critical,
    from lasting
    group by all

),

guardrail_breaches as (

    select
        {{ dbt.hash(dbt.concat([
            "'breach|'",
            'islands.metric_id',
            "'|'",
            'islands.grain',
            "'|'",
            'islands.dimension',
            "'|'",
            'islands.dimension_value',
            "'|'",
            'cast(islands.opened_period_start as varchar)',
        ])) }} as breach_id,
        islands.metric_id,
        islands.grain,
        islands.dimension,
        islands.dimension_value,
        islands.opened_period_start,
        islands.opened_on,
        islands.worst_period_start,
        metrics.label,
        islands.worst_value,
        metrics.unit,
        metrics.currency,
        islands.worst_state,
        cast(islands.worst_beyond as double) as worst_beyond,
        islands.target,
        islands.guardrail,
        case when islands.is_critical then 'critical' else 'breach' end as severity,
        closings.closed_period_start,
        closings.closed_on,
        cast(islands.periods_lasted as integer) as periods_lasted,
        cast(islands.periods_beyond as integer) as periods_beyond,
        closings.closed_on is null as is_open,
        metrics.owner_role,
    from islands
    inner join {{ ref('dim_metrics') }} as metrics
        on islands.metric_id = metrics.metric_id
    left join closings
        on
            islands.metric_id = closings.metric_id
            and islands.grain = closings.grain
            and islands.dimension = closings.dimension
            and islands.dimension_value = closings.dimension_value
            and islands.episode_number = closings.episode_number

)

select * from guardrail_breaches
{%- endmacro %}
