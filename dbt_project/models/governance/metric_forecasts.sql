-- Grain: one row per metric (driven, planned or of MRR's bridge), slice and period ahead.
with

-- Where the bridge is nearer, it is told of all that it is made of, so that it adds up.
told as (

    select walks.*,
    from {{ ref('int_forecasts__walks') }} as walks
    left join {{ ref('int_forecasts__bridges') }} as bridges
        on
            walks.metric_id = bridges.metric_id
            and walks.grain = bridges.grain
            and walks.dimension = bridges.dimension
            and walks.dimension_value = bridges.dimension_value
            and walks.known_start = bridges.known_start
            and walks.periods_ahead = bridges.periods_ahead
            and bridges.is_taken
    where walks.is_today and bridges.metric_id is null

    union all

    select bridges.* exclude (is_taken),
    from {{ ref('int_forecasts__bridges') }} as bridges
    where bridges.is_today and bridges.is_taken

),

dated as (

    select
        told.*,
        cast(
            case told.grain
                when 'week'
                    then {{ dbt.dateadd('week', 'told.periods_ahead', 'told.known_start') }}
                when 'month'
                    then {{ dbt.dateadd('month', 'told.periods_ahead', 'told.known_start') }}
                else {{ dbt.dateadd('month', '3 * told.periods_ahead', 'told.known_start') }}
            end as date
        ) as period_start,
    from told

),

metric_forecasts as (

    select
        dated.metric_id,
        dated.grain,
        dated.dimension,
        dated.dimension_value,
        dated.period_start,
        dated.periods_ahead,
        dated.known_start,
        metrics.label,
        dated.value,
        dated.lower,
        dated.upper,
        metrics.unit,
        metrics.currency,
        driven.target,
        driven.target_high,
        driven.due_on,
        dated.probability,
        dated.model,
    from dated
    inner join {{ ref('dim_metrics') }} as metrics
        on dated.metric_id = metrics.metric_id
    left join {{ ref('int_forecasts__driven') }} as driven
        on
            dated.metric_id = driven.metric_id
            and dated.grain = driven.grain
            and dated.dimension = driven.dimension
            and dated.dimension_value = driven.dimension_value

)

select * from metric_forecasts
