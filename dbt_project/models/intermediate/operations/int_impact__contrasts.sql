-- Grain: one row per service, or all of them, and outcome: how customers who were touched in a
-- month and customers who were not, of those alike, compare by who left in the 30 days after it.
with

-- Months in which somebody was touched; in others there is nothing to compare.
windows as (

    select distinct
        touched.dimension,
        touched.dimension_value,
        touched.compared_from,
    from {{ ref('int_impact__touched') }} as touched
    where touched.grain = 'month' and touched.dimension in ('total', 'service')

),

sides as (

    select
        windows.dimension || '|' || windows.dimension_value as driver,
        moments.customer_id,
        moments.known_on,
        moments.segment,
        moments.tenure_band,
        moments.use_band,
        touched.customer_id is not null as is_high,
    from windows
    inner join {{ ref('int_evidence__moments') }} as moments
        on windows.compared_from = moments.known_on and moments.is_month_end
    left join {{ ref('int_impact__touched') }} as touched
        on
            touched.grain = 'month'
            and windows.dimension = touched.dimension
            and windows.dimension_value = touched.dimension_value
            and windows.compared_from = touched.compared_from
            and moments.customer_id = touched.customer_id

),

compared as (

    select
        sides.driver,
        'run' as stage,
        sides.customer_id,
        sides.known_on,
        cast(sides.is_high as integer) as value,
        sides.is_high,
        outcomes.outcome,
        outcomes.horizon_days,
        cast(outcomes.has_come as integer) as has_come,
        hash(sides.segment, sides.tenure_band, sides.use_band) as stratum,
        {{ is_second_half('sides.known_on') }} as is_second_half,
    from sides
    inner join {{ ref('int_evidence__outcomes') }} as outcomes
        on
            sides.customer_id = outcomes.customer_id
            and sides.known_on = outcomes.known_on
            and outcomes.is_month_end
            and outcomes.outcome = 'churn'
            and outcomes.horizon_days = 30
    window asked as (partition by sides.driver)

),

{{ contrasts('compared') }}
