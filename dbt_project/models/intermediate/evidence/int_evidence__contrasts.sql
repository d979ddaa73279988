-- Grain: one row per driver, outcome and days after it: how those whom the driver was high for and
-- those whom it was low for compare, as counts and as sums over strata of customers who are alike.
with

described as (

    {{ described_drivers() }}

),

-- A customer of two months is no longer being onboarded.
read as (

    select
        drivers.customer_id,
        drivers.known_on,
        drivers.driver,
        drivers.value,
        described.stage,
        moments.segment,
        moments.tenure_band,
        case described.alike_in
            when 'use' then moments.use_band
            else moments.size_band
        end as band,
    from {{ ref('int_evidence__drivers') }} as drivers
    inner join described
        on drivers.driver = described.driver
    inner join {{ ref('int_evidence__moments') }} as moments
        on
            drivers.customer_id = moments.customer_id
            and drivers.known_on = moments.known_on
    where
        case described.stage
            when 'onboarding' then moments.is_onboarded
            else moments.is_month_end and moments.tenure_days >= 60
        end

),

-- Its upper third against its lower third; where one value fills both, that value against the rest.
thirds as (

    select
        read.driver,
        min(read.value) as least_value,
        quantile_disc(read.value, 1 / 3) as low_value,
        quantile_disc(read.value, 2 / 3) as high_value,
    from read
    group by read.driver

),

sides as (

    select
        read.*,
        case
            when thirds.low_value < thirds.high_value and read.value >= thirds.high_value then true
            when thirds.low_value < thirds.high_value and read.value <= thirds.low_value then false
            when thirds.low_value < thirds.high_value then null
            when thirds.low_value > thirds.least_value then read.value >= thirds.low_value
            else read.value > thirds.low_value
        end as is_high,
    from read
    inner join thirds
        on read.driver = thirds.driver

),

compared as (

    select
        sides.driver,
        sides.stage,
        sides.customer_id,
        sides.known_on,
        sides.value,
        sides.is_high,
        outcomes.outcome,
        outcomes.horizon_days,
        cast(outcomes.has_come as integer) as has_come,
        -- Customers who are alike, and in which half of the time.
        hash(sides.segment, sides.tenure_band, sides.band) as stratum,
        2 * datediff('day', min(sides.known_on) over asked, sides.known_on)
        > datediff('day', min(sides.known_on) over asked, max(sides.known_on) over asked)
            as is_second_half,
    from sides
    inner join {{ ref('int_evidence__outcomes') }} as outcomes
        on
            sides.customer_id = outcomes.customer_id
            and sides.known_on = outcomes.known_on
    where
        sides.is_high is not null
        and case sides.stage
            when 'onboarding' then outcomes.is_onboarded
            else outcomes.is_month_end
        end
    window asked as (partition by sides.driver, outcomes.outcome, outcomes.horizon_days)

),

-- Of a stratum: how many, how many of them high, and of how many the outcome came.
cells as (

    select
        compared.driver,
        compared.outcome,
        compared.horizon_days,
        compared.stratum,
        compared.is_second_half,
        count(*) as size,
        count(*) filter (where compared.is_high) as high_count,
        sum(compared.has_come) as come_count,
        sum(compared.has_come) filter (where compared.is_high) as high_come_count,
    from compared
    group by all

),

-- Mantel and Haenszel: a stratum weighs high × low ÷ all; one with a single side says nothing.
pooled as (

    select
        cells.driver,
        cells.outcome,
        cells.horizon_days,
        {% for half, condition in {
            '': 'true', '_first': 'not cells.is_second_half', '_second': 'cells.is_second_half'
        }.items() -%}
        {{ exact_sum(
            'cells.high_count * (cells.size - cells.high_count) / cells.size',
            'filter (where ' ~ condition ~ ')'
        ) }} as weight{{ half }},
        {{ exact_sum(
            'cells.high_come_count - cells.high_count * cells.come_count / cells.size',
            'filter (where ' ~ condition ~ ' and cells.high_count > 0)'
        ) }} as excess{{ half }},
        {% endfor -%}
        sum(case when cells.high_count > 0 and cells.high_count < cells.size then cells.size end)
            as alike_count,
    from cells
    group by cells.driver, cells.outcome, cells.horizon_days

),

-- The variance of the excess: what each customer adds to it, all its days together.
added as (

    select
        compared.driver,
        compared.outcome,
        compared.horizon_days,
        compared.customer_id,
        {{ exact_sum("""
            (cast(compared.is_high as integer) - cells.high_count / cells.size)
            * (compared.has_come - cells.come_count / cells.size)
            * sqrt(cells.size / (cells.size - 1))
        """) }} as excess,
    from compared
    inner join cells
        on
            compared.driver = cells.driver
            and compared.outcome = cells.outcome
            and compared.horizon_days = cells.horizon_days
            and compared.stratum = cells.stratum
            and compared.is_second_half = cells.is_second_half
    where cells.high_count > 0 and cells.high_count < cells.size
    group by compared.driver, compared.outcome, compared.horizon_days, compared.customer_id

),

spread as (

    select
        added.driver,
        added.outcome,
        added.horizon_days,
        round({{ exact_sum('added.excess * added.excess') }}, 12) as variance,
    from added
    group by added.driver, added.outcome, added.horizon_days

),

counted as (

    select
        compared.driver,
        compared.stage,
        compared.outcome,
        compared.horizon_days,
        min(compared.value) filter (where compared.is_high) as high_from,
        max(compared.value) filter (where not compared.is_high) as low_to,
        count(distinct compared.customer_id) as customer_count,
        count(*) filter (where compared.is_high) as high_count,
        count(*) filter (where compared.is_high and compared.has_come = 1) as high_come_count,
        count(*) filter (where not compared.is_high) as low_count,
        count(*) filter (where not compared.is_high and compared.has_come = 1) as low_come_count,
    from compared
    group by compared.driver, compared.stage, compared.outcome, compared.horizon_days

)

select
    counted.*,
    pooled.alike_count,
    pooled.weight,
    pooled.excess,
    spread.variance,
    pooled.excess_first / nullif(pooled.weight_first, 0) as difference_first,
    pooled.excess_second / nullif(pooled.weight_second, 0) as difference_second,
from counted
inner join pooled
    on
        counted.driver = pooled.driver
        and counted.outcome = pooled.outcome
        and counted.horizon_days = pooled.horizon_days
left join spread
    on
        counted.driver = spread.driver
        and counted.outcome = spread.outcome
        and counted.horizon_days = spread.horizon_days
