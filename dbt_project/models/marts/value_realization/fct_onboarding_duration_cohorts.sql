-- Grain: one row per duration, cohort period (month, quarter) and slice. A cube: total and
-- every slice stand beside each other, because a Kaplan-Meier median cannot be added up.
with

members as (

    select
        durations.duration_type,
        durations.has_arrived,
        durations.duration_days,
        grains.grain,
        cast(
            case
                when grains.grain = 'month'
                    then {{ dbt.date_trunc('month', 'durations.started_on') }}
                else {{ dbt.date_trunc('quarter', 'durations.started_on') }}
            end as date
        ) as cohort_on,
        slices.dimension,
        case slices.dimension
            when 'total' then 'total'
            when 'segment' then customers.segment
            when 'plan' then customers.plan
            when 'region' then customers.region
            when 'channel' then customers.acquisition_channel
        end as dimension_value,
    from {{ ref('int_product__durations') }} as durations
    inner join {{ ref('dim_customers') }} as customers
        on durations.customer_id = customers.customer_id
    cross join (values ('month'), ('quarter')) as grains (grain)
    cross join
        (values ('total'), ('segment'), ('plan'), ('region'), ('channel'))
            as slices (dimension)

),

-- How many were still waiting just before each day, and how many arrived on it.
days as (

    select
        members.duration_type,
        members.grain,
        members.cohort_on,
        members.dimension,
        members.dimension_value,
        members.duration_days,
        count(*) filter (where members.has_arrived) as arrived_count,
        sum(count(*)) over (
            partition by
                members.duration_type,
                members.grain,
                members.cohort_on,
                members.dimension,
                members.dimension_value
            order by members.duration_days desc
        ) as at_risk_count,
    from members
    group by
        members.duration_type,
        members.grain,
        members.cohort_on,
        members.dimension,
        members.dimension_value,
        members.duration_days

),

survival as (

    select
        days.*,
        {{ product_of('1.0 - days.arrived_count / days.at_risk_count') }} over (
            partition by
                days.duration_type,
                days.grain,
                days.cohort_on,
                days.dimension,
                days.dimension_value
            order by days.duration_days
        ) as waiting_share,
    from days

),

fct_onboarding_duration_cohorts as (

    select
        survival.duration_type,
        survival.grain,
        survival.cohort_on,
        survival.dimension,
        survival.dimension_value,
        -- null where fewer than half have arrived: not reached.
        cast(
            min(survival.duration_days)
            filter (where survival.waiting_share <= 0.5 + 1e-9)
            as integer
        ) as median_days,
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

select * from fct_onboarding_duration_cohorts
