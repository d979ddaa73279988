-- Grain: one row per metric that is driven, planned or of the bridge of MRR, and slice.
{% set fewest = 10 -%}
with

told as (

    select
        walks.*,
        'history' as way,
        false as is_taken,
    from {{ ref('int_forecasts__walks') }} as walks

    union all

    select
        bridges.* exclude (is_taken),
        'bridge' as way,
        bridges.is_taken,
    from {{ ref('int_forecasts__bridges') }} as bridges

),

-- What both tell of one period from one day is what they are compared by.
paired as (

    select
        told.*,
        abs(told.actual - told.value) / told.scale as scaled,
        count(*) over (
            partition by
                told.metric_id,
                told.grain,
                told.dimension,
                told.dimension_value,
                told.known_start,
                told.periods_ahead
        ) = 2 and told.actual is not null as is_compared,
    from told

),

ways as (

    select
        paired.metric_id,
        paired.grain,
        paired.dimension,
        paired.dimension_value,
        paired.way,
        coalesce(bool_or(paired.is_taken) filter (where paired.is_today), false) as is_taken,
        max(paired.model) filter (where paired.is_today) as model,
        cast(max(paired.periods_ahead) as integer) as periods_ahead,
        cast(count(paired.actual) as integer) as forecast_count,
        case
            when count(paired.actual) >= {{ fewest }}
                then
                    cast(
                        count(*) filter (where paired.actual between paired.lower and paired.upper)
                        as double
                    ) / count(paired.actual)
        end as coverage,
        case
            when count(paired.actual) >= {{ fewest }}
                then cast(avg({{ as_exact('paired.scaled') }}) as double)
        end as mase,
        cast(count(*) filter (where paired.is_compared) as integer) as compared_count,
        case
            when count(*) filter (where paired.is_compared) >= {{ fewest }}
                then
                    cast(
                        count(*) filter (
                            where
                            paired.is_compared
                            and paired.actual between paired.lower and paired.upper
                        ) as double
                    ) / count(*) filter (where paired.is_compared)
        end as compared_coverage,
        case
            when count(*) filter (where paired.is_compared) >= {{ fewest }}
                then
                    cast(
                        avg({{ as_exact('paired.scaled') }}) filter (where paired.is_compared)
                        as double
                    )
        end as compared_mase,
    from paired
    group by
        paired.metric_id,
        paired.grain,
        paired.dimension,
        paired.dimension_value,
        paired.way

),

-- Where the bridge does not stand, it is told of nothing that has no way of its own.
standing as (

    select ways.*,
    from ways
    where ways.way = 'history' or ways.is_taken
    qualify row_number() over (
        partition by ways.metric_id, ways.grain, ways.dimension, ways.dimension_value
        order by ways.is_taken desc, ways.way asc
    ) = 1

),

forecast_readouts as (

    select
        standing.metric_id,
        standing.grain,
        standing.dimension,
        standing.dimension_value,
        standing.model,
        standing.periods_ahead,
        standing.forecast_count,
        standing.coverage,
        standing.mase,
        case
            when standing.forecast_count < {{ fewest }} then 'too_few'
            when standing.mase is null then 'constant'
            when standing.mase < 1 then 'skilled'
            else 'no_skill'
        end as verdict,
        others.model as other_model,
        others.compared_count,
        standing.compared_mase,
        others.compared_mase as other_mase,
        standing.compared_coverage,
        others.compared_coverage as other_coverage,
    from standing
    left join ways as others
        on
            standing.metric_id = others.metric_id
            and standing.grain = others.grain
            and standing.dimension = others.dimension
            and standing.dimension_value = others.dimension_value
            and standing.way != others.way

)

select * from forecast_readouts
