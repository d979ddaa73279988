-- Grain: one row per metric in drive mode and slice that is foretold.
{% set fewest = 10 -%}
with

forecast_readouts as (

    select
        walks.metric_id,
        walks.grain,
        walks.dimension,
        walks.dimension_value,
        max(walks.model) filter (where walks.is_today) as model,
        cast(max(walks.periods_ahead) as integer) as periods_ahead,
        cast(count(walks.actual) as integer) as forecast_count,
        case
            when count(walks.actual) >= {{ fewest }}
                then
                    cast(
                        count(*) filter (where walks.actual between walks.lower and walks.upper)
                        as double
                    ) / count(walks.actual)
        end as coverage,
        case
            when count(walks.actual) >= {{ fewest }}
                then cast(
                    avg({{ as_exact('abs(walks.actual - walks.value) / walks.scale') }}) as double
                )
        end as mase,
        case
            when count(walks.actual) < {{ fewest }} then 'too_few'
            when mase is null then 'constant'
            when mase < 1 then 'skilled'
            else 'no_skill'
        end as verdict,
    from {{ ref('int_forecasts__walks') }} as walks
    group by walks.metric_id, walks.grain, walks.dimension, walks.dimension_value

)

select * from forecast_readouts
