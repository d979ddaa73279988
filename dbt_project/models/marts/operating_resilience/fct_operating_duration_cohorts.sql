-- Grain: one row per duration, period in which the clock started (day, week, month, quarter)
-- and slice. A cube: a Kaplan-Meier median cannot be added up.
with

members as (

    select
        durations.duration_type,
        durations.has_arrived,
        durations.duration_hours,
        periods.grain,
        periods.period_start as cohort_on,
        slices.dimension,
        case slices.dimension
            when 'total' then 'total'
            when 'service' then durations.service
            when 'team' then durations.team
        end as dimension_value,
    from {{ ref('int_operations__durations') }} as durations
    inner join {{ ref('int_calendar__periods') }} as periods
        on durations.started_on between periods.period_start and periods.period_end
    cross join (values ('total'), ('service'), ('team')) as slices (dimension)
    -- What is not of a service has no slices, and is nobody's day to watch.
    where
        durations.service is not null
        or (slices.dimension = 'total' and periods.grain != 'day')

),

-- How many were still waiting just before each moment, and how many arrived at it.
moments as (

    select
        members.duration_type,
        members.grain,
        members.cohort_on,
        members.dimension,
        members.dimension_value,
        members.duration_hours,
        count(*) filter (where members.has_arrived) as arrived_count,
        sum(count(*)) over (
            partition by
                members.duration_type,
                members.grain,
                members.cohort_on,
                members.dimension,
                members.dimension_value
            order by members.duration_hours desc
        ) as at_risk_count,
    from members
    group by
        members.duration_type,
        members.grain,
        members.cohort_on,
        members.dimension,
        members.dimension_value,
        members.duration_hours

),

survival as (

    select
        moments.*,
        {{ product_of('1.0 - moments.arrived_count / moments.at_risk_count') }} over (
            partition by
                moments.duration_type,
                moments.grain,
                moments.cohort_on,
                moments.dimension,
                moments.dimension_value
            order by moments.duration_hours
        ) as waiting_share,
    from moments

),

fct_operating_duration_cohorts as (

    select
        survival.duration_type,
        survival.grain,
        survival.cohort_on,
        survival.dimension,
        survival.dimension_value,
        -- null where fewer than half have arrived: not reached.
        cast(
            min(survival.duration_hours)
            filter (where survival.waiting_share <= 0.5 + 1e-9)
            as double
        ) as median_hours,
        cast(max(survival.at_risk_count) as integer) as member_count,
        cast(max(survival.at_risk_count) - sum(survival.arrived_count) as integer)
            as waiting_count,
    from survival
    group by
        survival.duration_type,
        survival.grain,
        survival.cohort_on,
        survival.dimension,
        survival.dimension_value

)

select * from fct_operating_duration_cohorts
