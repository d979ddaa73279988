-- Grain: one row per metric and complete period of the grain at which it is judged.
with

own_values as (

    select
        values_of.*,
        cast({{ dbt.dateadd('day', 'metrics.maturity_days', 'values_of.period_end') }} as date)
            as known_on,
    from {{ ref('int_metrics__headlines') }} as values_of
    inner join {{ ref('int_metrics__own_grains') }} as own_grains
        on
            values_of.metric_id = own_grains.metric_id
            and values_of.grain = own_grains.own_grain
    inner join {{ ref('dim_metrics') }} as metrics
        on values_of.metric_id = metrics.metric_id
    where values_of.is_complete

),

slice_scores as (

    select
        own_values.metric_id,
        own_values.period_start,
        avg({{ as_exact('own_values.score') }}) as score,
    from own_values
    where
        own_values.dimension != 'total'
        and own_values.target is not null
        and not own_values.target_is_inherited
    group by own_values.metric_id, own_values.period_start

)

select
    own_values.metric_id,
    own_values.grain,
    own_values.period_start,
    own_values.period_end,
    own_values.known_on,
    own_values.judged_over,
    own_values.value,
    own_values.period_value,
    own_values.numerator,
    own_values.denominator,
    own_values.sample_size,
    own_values.lower,
    own_values.upper,
    own_values.state,
    own_values.target,
    own_values.guardrail,
    own_values.status,
    coalesce(own_values.score, slice_scores.score) as score,
    own_values.data_through_on,
from own_values
left join slice_scores
    on
        own_values.metric_id = slice_scores.metric_id
        and own_values.period_start = slice_scores.period_start
where own_values.dimension = 'total'
