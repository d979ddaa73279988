-- Grain: one row per metric, period, comparison and slice, driver or part that explains the
-- change; those of one dimension add up to it.
with

slices as (

    select
        values_of.metric_id,
        values_of.grain,
        values_of.period_start,
        values_of.dimension,
        values_of.dimension_value,
        values_of.value,
        values_of.numerator,
        values_of.denominator,
        values_of.sample_size,
        -- It is somebody, and does not say how many.
        values_of.state = 'too_few' and values_of.denominator is null as is_hidden,
    from {{ ref('int_metrics__headlines') }} as values_of
    where values_of.dimension != 'total' and values_of.grain != 'day'
    union all
    select
        customers.metric_id,
        customers.grain,
        customers.period_start,
        customers.dimension,
        customers.dimension_value,
        customers.value,
        customers.numerator,
        customers.denominator,
        customers.sample_size,
        false as is_hidden,
    from {{ ref('metrics_customers') }} as customers

),

-- Each slice at both ends; one that is absent at an end is nothing there.
ends as (

    select
        moves.metric_id,
        moves.grain,
        moves.period_start,
        moves.compared_with,
        slices.dimension,
        slices.dimension_value,
        slices.value,
        slices.numerator,
        slices.denominator,
        slices.sample_size,
        slices.is_hidden,
        slices.period_start = moves.period_start as is_after,
    from {{ ref('int_contributions__moves') }} as moves
    inner join slices
        on
            moves.metric_id = slices.metric_id
            and moves.grain = slices.grain
            and slices.period_start in (moves.period_start, moves.before_start)

),

paired as (

    select
        ends.metric_id,
        ends.grain,
        ends.period_start,
        ends.compared_with,
        ends.dimension,
        ends.dimension_value,
        max(ends.value) filter (where ends.is_after) as value_after,
        max(ends.value) filter (where not ends.is_after) as value_before,
        coalesce(max(ends.numerator) filter (where ends.is_after), 0) as numerator_after,
        coalesce(max(ends.numerator) filter (where not ends.is_after), 0)
            as numerator_before,
        coalesce(max(ends.denominator) filter (where ends.is_after), 0)
            as denominator_after,
        coalesce(max(ends.denominator) filter (where not ends.is_after), 0)
            as denominator_before,
        coalesce(max(ends.sample_size) filter (where ends.is_after), 0) as sample_after,
        coalesce(max(ends.sample_size) filter (where not ends.is_after), 0)
            as sample_before,
    from ends
    group by all
    -- What is hidden at an end is part of the rest.
    having count(*) filter (where ends.is_hidden) = 0

),

-- What slices of an amount were of the whole: of a balance before, of an activity over the year
-- until then, for one period of few losses or orders says little of who is large.
wholes as (

    select
        moves.metric_id,
        moves.grain,
        moves.period_start,
        moves.compared_with,
        slices.dimension,
        slices.dimension_value,
        {{ exact_sum('slices.value') }} as whole,
    from {{ ref('int_contributions__moves') }} as moves
    inner join {{ ref('dim_metrics') }} as metrics
        on moves.metric_id = metrics.metric_id
    inner join slices
        on
            moves.metric_id = slices.metric_id
            and moves.grain = slices.grain
            and moves.before_start >= slices.period_start
            and case metrics.aggregation
                when 'activity' then {{ dbt.dateadd('year', -1, 'moves.before_start') }}
                else {{ dbt.dateadd('day', -1, 'moves.before_start') }}
            end < slices.period_start
    where moves.method = 'sum' and slices.dimension != 'customer'
    group by all

),

-- Where a slice is below zero none is a part of the whole.
parts as (

    select
        wholes.metric_id,
        wholes.grain,
        wholes.period_start,
        wholes.compared_with,
        wholes.dimension,
        wholes.dimension_value,
        case
            when
                min(wholes.whole) over (
                    partition by
                        wholes.metric_id,
                        wholes.grain,
                        wholes.period_start,
                        wholes.compared_with,
                        wholes.dimension
                ) >= 0
                then
                    wholes.whole / nullif(
                        {{ exact_sum('wholes.whole', 'over (
                            partition by
                                wholes.metric_id,
                                wholes.grain,
                                wholes.period_start,
                                wholes.compared_with,
                                wholes.dimension
                        )') }},
                        0
                    )
        end as share_of_whole,
    from wholes

),

by_slice as (

    select
        moves.metric_id,
        moves.grain,
        moves.period_start,
        moves.compared_with,
        paired.dimension,
        paired.dimension_value,
        paired.value_before,
        paired.value_after,
        case
            when moves.method = 'sum'
                then coalesce(paired.value_after, 0) - coalesce(paired.value_before, 0)
            -- What the slice brings to the quotient, less what a slice of its size would
            -- bring at the average quotient: growing is no merit of a slice that is average.
            when moves.method = 'ratio'
                then
                    paired.numerator_after / moves.denominator
                    - paired.numerator_before / moves.denominator_before
                    - (moves.value + moves.value_before) / 2 * (
                        paired.denominator_after / moves.denominator
                        - paired.denominator_before / moves.denominator_before
                    )
            -- A median has no parts: the slice's own change by its average share of members.
            when moves.method = 'share'
                then coalesce(
                    (paired.value_after - paired.value_before) * (
                        paired.sample_after / moves.sample_size
                        + paired.sample_before / moves.sample_size_before
                    ) / 2,
                    0
                )
        end as contribution,
        case
            when moves.method = 'sum' then parts.share_of_whole
            when moves.method = 'ratio'
                then paired.denominator_before / nullif(moves.denominator_before, 0)
            when moves.method = 'share'
                then paired.sample_before / nullif(moves.sample_size_before, 0)
        end as share_of_whole,
    from {{ ref('int_contributions__moves') }} as moves
    inner join paired
        on
            moves.metric_id = paired.metric_id
            and moves.grain = paired.grain
            and moves.period_start = paired.period_start
            and moves.compared_with = paired.compared_with
    left join parts
        on
            moves.metric_id = parts.metric_id
            and moves.grain = parts.grain
            and moves.period_start = parts.period_start
            and moves.compared_with = parts.compared_with
            and paired.dimension = parts.dimension
            and paired.dimension_value = parts.dimension_value
    where moves.method != 'rest'

),

-- Metrics beneath it that add up to it, each with its factor.
bridges as (

    select
        metrics.metric_id,
        split_part(parts.part, ' ', 1) as driver_metric_id,
        cast(split_part(parts.part, ' ', 2) as double) as factor,
    from {{ ref('dim_metrics') }} as metrics
    cross join unnest(metrics.bridge) as parts (part)

),

by_driver as (

    select
        moves.metric_id,
        moves.grain,
        moves.period_start,
        moves.compared_with,
        'driver' as dimension,
        bridges.driver_metric_id as dimension_value,
        before.value as value_before,
        after.value as value_after,
        bridges.factor * (after.value - before.value) as contribution,
        cast(null as double) as share_of_whole,
    from {{ ref('int_contributions__moves') }} as moves
    inner join bridges
        on moves.metric_id = bridges.metric_id
    inner join {{ ref('int_metrics__headlines') }} as after
        on
            bridges.driver_metric_id = after.metric_id
            and moves.grain = after.grain
            and moves.period_start = after.period_start
            and after.dimension = 'total'
    inner join {{ ref('int_metrics__headlines') }} as before
        on
            bridges.driver_metric_id = before.metric_id
            and moves.grain = before.grain
            and moves.before_start = before.period_start
            and before.dimension = 'total'
    where after.value is not null and before.value is not null

),

-- The upper and the lower part of a quotient, each with the other held at its average.
by_part as (

    select
        moves.metric_id,
        moves.grain,
        moves.period_start,
        moves.compared_with,
        'part' as dimension,
        parts.part as dimension_value,
        case parts.part
            when 'numerator' then moves.numerator_before
            else moves.denominator_before
        end as value_before,
        case parts.part
            when 'numerator' then moves.numerator
            else moves.denominator
        end as value_after,
        case parts.part
            when 'numerator'
                then
                    (moves.numerator - moves.numerator_before)
                    * (1 / moves.denominator + 1 / moves.denominator_before) / 2
            else
                (moves.numerator + moves.numerator_before) / 2
                * (1 / moves.denominator - 1 / moves.denominator_before)
        end as contribution,
        cast(null as double) as share_of_whole,
    from {{ ref('int_contributions__moves') }} as moves
    cross join (values ('numerator'), ('denominator')) as parts (part)
    where moves.method = 'ratio'

),

-- Of customers the five who moved it most are named.
named as (

    select by_slice.*,
    from by_slice
    qualify
        by_slice.dimension != 'customer'
        or (
            by_slice.contribution != 0
            and row_number() over (
                partition by
                    by_slice.metric_id,
                    by_slice.grain,
                    by_slice.period_start,
                    by_slice.compared_with,
                    by_slice.dimension
                order by abs(by_slice.contribution) desc, by_slice.dimension_value
            ) <= 5
        )

),

explained as (

    select * from named
    union all
    select * from by_driver
    union all
    select * from by_part

),

-- What slices that overlap, medians and drivers leave unexplained has a row of its own.
rests as (

    select
        moves.metric_id,
        moves.grain,
        moves.period_start,
        moves.compared_with,
        explained.dimension,
        'rest' as dimension_value,
        cast(null as double) as value_before,
        cast(null as double) as value_after,
        max(moves.change) - {{ exact_sum('explained.contribution') }} as contribution,
        cast(null as double) as share_of_whole,
    from {{ ref('int_contributions__moves') }} as moves
    inner join explained
        on
            moves.metric_id = explained.metric_id
            and moves.grain = explained.grain
            and moves.period_start = explained.period_start
            and moves.compared_with = explained.compared_with
    group by
        moves.metric_id,
        moves.grain,
        moves.period_start,
        moves.compared_with,
        explained.dimension
    having
        abs(max(moves.change) - {{ exact_sum('explained.contribution') }})
        > 1e-9 * greatest(abs(max(moves.value)), abs(max(moves.value_before)))

),

shares as (

    select * from explained
    union all
    select * from rests

),

metric_contributions as (

    select
        shares.metric_id,
        shares.grain,
        shares.period_start,
        shares.compared_with,
        moves.before_start,
        moves.change,
        shares.dimension,
        shares.dimension_value,
        shares.value_before,
        shares.value_after,
        shares.contribution,
        shares.contribution / nullif(moves.change, 0) as share_of_change,
        shares.share_of_whole,
    from shares
    inner join {{ ref('int_contributions__moves') }} as moves
        on
            shares.metric_id = moves.metric_id
            and shares.grain = moves.grain
            and shares.period_start = moves.period_start
            and shares.compared_with = moves.compared_with

)

select * from metric_contributions
