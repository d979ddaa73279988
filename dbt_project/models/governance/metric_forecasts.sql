-- Grain: one row per metric in drive mode, slice and period ahead, to that of the due day.
with

dated as (

    select
        walks.*,
        cast(
            case walks.grain
                when 'week'
                    then {{ dbt.dateadd('week', 'walks.periods_ahead', 'walks.known_start') }}
                when 'month'
                    then {{ dbt.dateadd('month', 'walks.periods_ahead', 'walks.known_start') }}
                else {{ dbt.dateadd('month', '3 * walks.periods_ahead', 'walks.known_start') }}
            end as date
        ) as period_start,
    from {{ ref('int_forecasts__walks') }} as walks
    where walks.is_today

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
        driven.label,
        dated.value,
        dated.lower,
        dated.upper,
        driven.unit,
        driven.currency,
        driven.target,
        driven.target_high,
        driven.due_on,
        dated.probability,
        dated.model,
    from dated
    inner join {{ ref('int_forecasts__driven') }} as driven
        on
            dated.metric_id = driven.metric_id
            and dated.grain = driven.grain
            and dated.dimension = driven.dimension
            and dated.dimension_value = driven.dimension_value

)

select * from metric_forecasts
