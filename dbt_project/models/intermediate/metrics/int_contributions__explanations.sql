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

-- Of each dimension the slice that made most beyond what it is of the whole: the largest slice
-- makes the most of anything. Excesses are rounded, for slices that differ in the last bit alone
-- are equal.
disproportionate as (

    select
        contributions.*,
        round(contributions.share_of_change - contributions.share_of_whole, 4) as excess,
    from contributions
    where
        contributions.dimension not in ('driver', 'part', 'customer')
        and contributions.share_of_whole between 0 and 1
        and contributions.share_of_change between 0.25 and 2
        and round(contributions.share_of_change - contributions.share_of_whole, 4) >= 0.1
    qualify
        row_number() over (
            partition by
                contributions.metric_id,
                contributions.grain,
                contributions.period_start,
                contributions.compared_with,
                contributions.dimension
            order by excess desc, contributions.dimension_value asc
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
                when round(disproportionate.share_of_change, 4) > 1
                    then ' (more than all of it, '
                else format(' ({:.0f} % of it, ', 100.0 * disproportionate.share_of_change)
            end
            || format('{:.0f} % of the whole)', 100.0 * disproportionate.share_of_whole),
            ', '
            order by disproportionate.excess desc, disproportionate.dimension asc
        )
        || case
            when max(round(disproportionate.share_of_change, 4)) > 1
                then ', with others making up for a part'
            else ''
        end as slices,
    from disproportionate
    group by all

),

-- Why who left in the period did, where it said so; of several times the last.
stated as (

    select
        periods.grain,
        periods.period_start,
        movements.customer_id,
        max_by(movements.cancellation_reason, movements.occurred_on) as cancellation_reason,
    from {{ ref('fct_mrr_movements') }} as movements
    inner join {{ ref('int_calendar__periods') }} as periods
        on movements.occurred_on between periods.period_start and periods.period_end
    where
        movements.movement_type = 'churn'
        and movements.cancellation_reason not in ('other')
    group by periods.grain, periods.period_start, movements.customer_id

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
            || ' ' || {{ worded_change('contributions.contribution', 'metrics.unit') }}
            || coalesce(' (left, ' || replace(stated.cancellation_reason, '_', ' ') || ')', ''),
            ', '
            order by contributions.share_rank
        ) as customers,
    from contributions
    inner join {{ ref('dim_metrics') }} as metrics
        on contributions.metric_id = metrics.metric_id
    left join stated
        on
            contributions.grain = stated.grain
            and contributions.period_start = stated.period_start
            and contributions.dimension_value = stated.customer_id
    where
        contributions.dimension = 'customer'
        and contributions.share_rank <= 3
        and contributions.share_of_change >= 0.1
    group by all

),

-- Metrics beneath it say more than the sides of its quotient, where there are any. A metric's name
-- is followed by its own change; what that makes of the one above stands behind it where it is
-- another number: twelve times churned MRR is no churned MRR, and costs that rise lower a margin.
drivers as (

    select
        contributions.metric_id,
        contributions.grain,
        contributions.period_start,
        contributions.compared_with,
        contributions.dimension,
        string_agg(
            drivers.label
            || ' ' || {{ worded_change(
                '(contributions.value_after - contributions.value_before)', 'drivers.unit'
            ) }}
            || case
                when
                    abs(
                        contributions.contribution
                        - (contributions.value_after - contributions.value_before)
                    ) > 1e-9 * abs(contributions.contribution)
                    then
                        ' (' || {{ worded_change('contributions.contribution', 'registry.unit') }}
                        || ' of it)'
                else ''
            end,
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
        'beyond their share: ' || leading_slices.slices,
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
