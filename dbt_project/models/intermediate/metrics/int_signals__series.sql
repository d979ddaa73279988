-- Grain: one row per metric, slice and complete period of the grain at which it is judged.
-- The newest three years (four of quarters) of what the newest one is held against.
with

own_values as (

    select
        values_of.metric_id,
        values_of.grain,
        values_of.dimension,
        values_of.dimension_value,
        values_of.period_start,
        -- What rests on too few cases says nothing, and widens no limits.
        case
            when coalesce(values_of.sample_size < metrics.min_cases, false) then null
            else values_of.value
        end as value,
        values_of.denominator,
        {{ kind_of_value('metrics') }} as kind,
        max(values_of.period_start) over (partition by values_of.metric_id) as newest_start,
    from {{ ref('metric_values') }} as values_of
    inner join {{ ref('int_metrics__own_grains') }} as own_grains
        on
            values_of.metric_id = own_grains.metric_id
            and values_of.grain = own_grains.own_grain
    inner join {{ ref('dim_metrics') }} as metrics
        on values_of.metric_id = metrics.metric_id
    where values_of.is_complete and values_of.grain in ('week', 'month', 'quarter')

),

numbered as (

    select
        own_values.* exclude (own_values.newest_start),
        case own_values.grain
            when 'week' then (own_values.newest_start - own_values.period_start) // 7
            when 'month'
                then {{ dbt.datediff('period_start', 'newest_start', 'month') }}
            else {{ dbt.datediff('period_start', 'newest_start', 'quarter') }}
        end as periods_ago,
    from own_values

)

select
    numbered.metric_id,
    numbered.grain,
    numbered.dimension,
    numbered.dimension_value,
    numbered.period_start,
    numbered.periods_ago,
    numbered.value,
    numbered.denominator,
    numbered.kind,
from numbered
where
    numbered.periods_ago
    < case numbered.grain when 'week' then 156 when 'month' then 36 else 16 end
