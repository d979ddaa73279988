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

-- Its upper third against its lower third.
{{ sides('read') }},

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
        {{ is_second_half('sides.known_on') }} as is_second_half,
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

{{ contrasts('compared') }}
