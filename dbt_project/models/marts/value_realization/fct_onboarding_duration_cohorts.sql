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

fct_onboarding_duration_cohorts as (

    {{ kaplan_meier_medians('members', 'duration_days', median='median_days', type='integer') }}

)

select * from fct_onboarding_duration_cohorts
