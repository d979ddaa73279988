-- Grain: one row per metric, period and comparison.
with

contributions as (

    select
        contributions.*,
        row_number() over (
            partition by
                contributions.metric_id,
                contributions.grain,
                contributions.period_start,
                contributions.compared_with,
                contributions.dimension
            order by contributions.share_of_change desc, contributions.dimension_value asc
        ) as share_rank,
        row_number() over (
            partition by
                contributions.metric_id,
                contributions.grain,
                contributions.period_start,
                contributions.compared_with,
                contributions.dimension
            order by abs(contributions.contribution) desc, contributions.dimension_value asc
        ) as size_rank,
    from {{ ref('metric_contributions') }} as contributions
    where contributions.dimension_value not in ('rest', 'unknown')

),

-- What a slice was of the whole before: of an amount its part, else its part of the denominator.
proportions as (

    select
        contributions.*,
        case
            when metrics.aggregation in ('activity', 'balance')
                then slices.value / nullif(totals.value, 0)
            else slices.judged_denominator / nullif(totals.judged_denominator, 0)
        end as proportion,
    from contributions
    inner join {{ ref('dim_metrics') }} as metrics
        on contributions.metric_id = metrics.metric_id
    inner join {{ ref('metric_values') }} as slices
        on
            contributions.metric_id = slices.metric_id
            and contributions.grain = slices.grain
            and contributions.before_start = slices.period_start
            and contributions.dimension = slices.dimension
            and contributions.dimension_value = slices.dimension_value
    inner join {{ ref('metric_values') }} as totals
        on
            contributions.metric_id = totals.metric_id
            and contributions.grain = totals.grain
            and contributions.before_start = totals.period_start
            and totals.dimension = 'total'
    where contributions.dimension not in ('driver', 'part', 'customer')

),

-- The slice that made the most beyond its proportion, of each dimension; the largest slice makes
-- the most of anything, which says nothing.
disproportionate as (

    select
        proportions.*,
        row_number() over (
            partition by
                proportions.metric_id,
                proportions.grain,
                proportions.period_start,
                proportions.compared_with
            order by
                proportions.share_of_change - proportions.proportion desc,
                proportions.dimension asc
        ) as excess_rank,
    from proportions
    where
        proportions.proportion between 0 and 1
        and proportions.share_of_change between 0.25 and 2
        and proportions.share_of_change >= 1.25 * proportions.proportion
    qualify
        row_number() over (
            partition by
                proportions.metric_id,
                proportions.grain,
                proportions.period_start,
                proportions.compared_with,
                proportions.dimension
            order by
                proportions.share_of_change - proportions.proportion desc,
                proportions.dimension_value asc
        ) = 1

),

leading_slices as (

    select
        disproportionate.metric_id,
        disproportionate.grain,
        disproportionate.period_start,
        disproportionate.compared_with,
        string_agg(
            replace(
                disproportionate.dimension || ' ' || disproportionate.dimension_value, '_', ' '
            )
            || case
                when disproportionate.share_of_change > 1 then ' (more than all of it, '
                else format(' ({:.0f} % of it, ', 100.0 * disproportionate.share_of_change)
            end
            || format('{:.0f} % of the whole)', 100.0 * disproportionate.proportion),
            ', '
            order by disproportionate.excess_rank
        ) as slices,
    from disproportionate
    where disproportionate.excess_rank <= 2
    group by all

),

-- Who made a good part of it, as long as they are few.
leading_customers as (

    select
        contributions.metric_id,
        contributions.grain,
        contributions.period_start,
        contributions.compared_with,
        string_agg(
            contributions.dimension_value
            || ' ' || {{ worded_change('contributions.contribution', 'metrics.unit') }},
            ', '
            order by contributions.share_rank
        ) as customers,
    from contributions
    inner join {{ ref('dim_metrics') }} as metrics
        on contributions.metric_id = metrics.metric_id
    where
        contributions.dimension = 'customer'
        and contributions.share_rank <= 3
        and contributions.share_of_change >= 0.1
    group by all

),

-- Metrics beneath it say more than the sides of its quotient, where there are any.
drivers as (

    select
        contributions.metric_id,
        contributions.grain,
        contributions.period_start,
        contributions.compared_with,
        contributions.dimension,
        string_agg(
            drivers.label
            || ' ' || {{ worded_change('contributions.contribution', 'registry.unit') }},
            ', '
            order by contributions.size_rank
        ) as drivers,
    from contributions
    inner join {{ ref('metric_registry') }} as registry
        on contributions.metric_id = registry.metric_id
    -- A side of a quotient is told where it is a metric that has a name.
    inner join {{ ref('dim_metrics') }} as drivers
        on
            case contributions.dimension_value
                when 'numerator' then registry.numerator
                when 'denominator' then registry.denominator
                else contributions.dimension_value
            end = drivers.metric_id
    where
        contributions.dimension in ('driver', 'part')
        and contributions.size_rank <= 2
        and abs(contributions.share_of_change) between 0.05 and 2
    group by
        contributions.metric_id,
        contributions.grain,
        contributions.period_start,
        contributions.compared_with,
        contributions.dimension
    qualify
        row_number() over (
            partition by
                contributions.metric_id,
                contributions.grain,
                contributions.period_start,
                contributions.compared_with
            order by contributions.dimension
        ) = 1

)

select
    moves.metric_id,
    moves.grain,
    moves.period_start,
    moves.compared_with,
    moves.value,
    moves.value_before,
    moves.change,
    concat_ws(
        '; ',
        'customers: ' || leading_customers.customers,
        'out of proportion: ' || leading_slices.slices,
        case drivers.dimension
            when 'driver' then 'drivers: ' else 'parts: '
        end || drivers.drivers
    ) as explanation,
from {{ ref('int_contributions__moves') }} as moves
left join leading_slices
    on
        moves.metric_id = leading_slices.metric_id
        and moves.grain = leading_slices.grain
        and moves.period_start = leading_slices.period_start
        and moves.compared_with = leading_slices.compared_with
left join leading_customers
    on
        moves.metric_id = leading_customers.metric_id
        and moves.grain = leading_customers.grain
        and moves.period_start = leading_customers.period_start
        and moves.compared_with = leading_customers.compared_with
left join drivers
    on
        moves.metric_id = drivers.metric_id
        and moves.grain = drivers.grain
        and moves.period_start = drivers.period_start
        and moves.compared_with = drivers.compared_with
