-- Grain: one row per breach of a guardrail: metric, grain, slice and the period that opened it.
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
    from {{ ref('int_guardrails__watched') }} as watched
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
    from {{ ref('int_guardrails__watched') }} as watched
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
