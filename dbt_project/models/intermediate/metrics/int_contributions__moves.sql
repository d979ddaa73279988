-- Grain: one row per metric, complete period and period that it is compared with.
with

board as (

    select items.metric_id,
    from {{ ref('board_items') }} as items
    union
    select plans.metric_id,
    from {{ ref('int_plans__months') }} as plans
    union
    select metrics.metric_id,
    from {{ ref('dim_metrics') }} as metrics
    where metrics.tier = 'core'

),

totals as (

    select
        values_of.*,
        metrics.aggregation,
        board.metric_id is not null and values_of.grain in ('month', 'quarter') as is_kept,
        values_of.grain = own_grains.own_grain
        and row_number() over (
            partition by values_of.metric_id, values_of.grain
            order by values_of.period_start desc
        ) = 1 as is_newest,
        -- Only what is upper part over lower part can be divided by its parts.
        coalesce(
            abs(values_of.value * values_of.denominator - values_of.numerator)
            <= 1e-9 * abs(values_of.numerator)
            and values_of.denominator != 0,
            false
        ) as is_quotient,
    from {{ ref('int_metrics__headlines') }} as values_of
    inner join {{ ref('dim_metrics') }} as metrics
        on values_of.metric_id = metrics.metric_id
    inner join {{ ref('int_metrics__own_grains') }} as own_grains
        on values_of.metric_id = own_grains.metric_id
    left join board
        on values_of.metric_id = board.metric_id
    where
        values_of.dimension = 'total'
        and values_of.is_complete
        and values_of.grain != 'day'

),

compared as (

    select
        totals.*,
        comparisons.compared_with,
        cast(
            case
                when comparisons.compared_with = 'year_before' and totals.grain = 'week'
                    then {{ dbt.dateadd('week', -52, 'totals.period_start') }}
                when comparisons.compared_with = 'year_before'
                    then {{ dbt.dateadd('year', -1, 'totals.period_start') }}
                when totals.grain = 'week'
                    then {{ dbt.dateadd('week', -1, 'totals.period_start') }}
                when totals.grain = 'month'
                    then {{ dbt.dateadd('month', -1, 'totals.period_start') }}
                else {{ dbt.dateadd('month', -3, 'totals.period_start') }}
            end as date
        ) as before_start,
    from totals
    cross join (values ('period_before'), ('year_before')) as comparisons (compared_with)
    where totals.is_kept or totals.is_newest

)

select
    compared.metric_id,
    compared.grain,
    compared.period_start,
    compared.period_end,
    compared.compared_with,
    compared.before_start,
    compared.value,
    before.value as value_before,
    compared.value - before.value as change,
    compared.numerator,
    compared.denominator,
    compared.sample_size,
    before.numerator as numerator_before,
    before.denominator as denominator_before,
    before.sample_size as sample_size_before,
    case
        when compared.is_quotient and before.is_quotient then 'ratio'
        when compared.aggregation in ('activity', 'balance') then 'sum'
        when
            compared.aggregation = 'distribution'
            and compared.sample_size > 0
            and before.sample_size > 0
            then 'share'
        else 'rest'
    end as method,
from compared
inner join totals as before
    on
        compared.metric_id = before.metric_id
        and compared.grain = before.grain
        and compared.before_start = before.period_start
where compared.value is not null and before.value is not null
