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

totals as (

    select
        values_of.metric_id,
        values_of.grain,
        values_of.period_start,
        values_of.judged_value as value,
        values_of.judged_denominator as denominator,
        values_of.judged_sample_size as sample_size,
    from {{ metric_values }} as values_of
    where values_of.dimension = 'total'

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
        values_of.target_is_inherited,
        -- The share of the total's cases that a slice holds, or of what it is divided by.
        case
            when metrics.aggregation = 'distribution'
                then values_of.judged_sample_size / nullif(totals.sample_size, 0)
            else values_of.judged_denominator / nullif(totals.denominator, 0)
        end as share_of_total,
        totals.value as total_value,
        -- What left has left: money of the core is certain in a slice as in the total.
        metrics.is_counted_in_full
        or values_of.judged_lower is not null
        or metrics.tier = 'core' and metrics.unit = 'rate' and not metrics.is_proportion
            as is_told,
        metrics.direction,
        metrics.tier,
    from {{ metric_values }} as values_of
    inner join {{ ref('dim_metrics') }} as metrics
        on values_of.metric_id = metrics.metric_id
    inner join driven
        on
            values_of.metric_id = driven.metric_id
            and values_of.grain = driven.grain
            and driven.dimension
            = case when values_of.target_is_inherited then 'total' else values_of.dimension end
            and driven.dimension_value
            = case
                when values_of.target_is_inherited then 'total'
                else values_of.dimension_value
            end
    left join totals
        on
            values_of.metric_id = totals.metric_id
            and values_of.grain = totals.grain
            and values_of.period_start = totals.period_start
    where
        values_of.guardrail is not null
        and values_of.is_complete
        and values_of.status != 'no_target'

),

-- A period without a value neither opens a breach nor closes one.
judged as (

    select
        guarded.*,
        {{ beyond_guardrail('value') }} as beyond,
        {{ beyond_guardrail('total_value') }} as total_beyond,
        case
            when guarded.status in ('breach', 'watch', 'on_target')
                then guarded.status = 'breach'
        end as is_breach,
        case
            when guarded.status != 'no_value' then guarded.status in ('watch', 'on_target')
        end as is_inside,
        -- A quarter of the way from the guardrail to the target.
        guarded.score >= 25 as is_clear,
    from guarded

),

-- Whoever holds a target of its own is beyond it in the first breach; a slice that inherits one
-- where it is large, worse than the whole, and so for the third known period in a row.
opening as (

    select
        judged.*,
        coalesce(judged.is_breach, false)
        and (
            not judged.target_is_inherited
            or coalesce(
                judged.dimension_value != 'unknown'
                and judged.is_told
                and judged.share_of_total >= {{ smallest_share() }}
                and judged.beyond - judged.total_beyond >= 0.5
                and lag(judged.is_breach, 1 ignore nulls) over periods
                and lag(judged.is_breach, 2 ignore nulls) over periods,
                false
            )
        ) as is_beyond,
    from judged
    window
        periods as (
            partition by
                judged.metric_id, judged.grain, judged.dimension, judged.dimension_value
            order by judged.period_start
        )

),

followed as (

    select opening.*
    from opening
    qualify
        not opening.target_is_inherited
        or bool_or(opening.is_beyond) over (
            partition by
                opening.metric_id, opening.grain, opening.dimension, opening.dimension_value
        )

),

numbered as (

    {{ episodes(
        'followed',
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

{#- The share of the total from which on a slice that inherits its guardrail opens a breach. -#}
{% macro smallest_share() -%}0.2{%- endmacro %}

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
        bool_or(lasting.target_is_inherited) as target_is_inherited,
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
        islands.target_is_inherited,
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
