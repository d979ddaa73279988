-- Grain: one row per component of the health score, by its name and the day by which it is judged:
-- how customers who were well in it and customers who were not compare by who left in 90 days.
with

-- At the end of each quarter, as whoever proposed weights that day would have known it, and today.
judged as (

    select distinct readings.known_on as judged_on,
    from {{ ref('int_health__readings') }} as readings

    union

    select {{ as_of() }} as judged_on

),

read as (

    select
        readings.*,
        readings.component || '|' || judged.judged_on as driver,
        readings.score as value,
        case readings.alike_in
            when 'use' then readings.use_band
            else readings.size_band
        end as band,
    from judged
    inner join {{ ref('int_health__readings') }} as readings
        on judged.judged_on >= readings.until_on

),

{{ sides('read') }},

compared as (

    select
        sides.driver,
        'nurturing' as stage,
        sides.customer_id,
        sides.known_on,
        sides.value,
        sides.is_high,
        'churn' as outcome,
        cast(90 as integer) as horizon_days,
        cast(sides.has_come as integer) as has_come,
        hash(sides.segment, sides.tenure_band, sides.band) as stratum,
        {{ is_second_half('sides.known_on') }} as is_second_half,
    from sides
    where sides.is_high is not null
    window asked as (partition by sides.driver)

),

{{ contrasts('compared') }}
