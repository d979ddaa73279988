-- Grain: one row per breach of a guardrail: metric, grain, slice and the period that opened it.
with

second_values as (

    select values_of.*
    from {{ ref('metric_values') }} as values_of
    inner join {{ ref('metric_registry') }} as registry
        on values_of.metric_id = registry.metric_id
    where registry.is_second_pass

),

second_watched as (

    {{ watched_periods('second_values') }}

),

second_breaches as (

    {{ breaches_of('second_watched') }}

),

guardrail_breaches as (

    select * from {{ ref('int_guardrails__breaches') }}
    union all
    select * from second_breaches

)

select * from guardrail_breaches
