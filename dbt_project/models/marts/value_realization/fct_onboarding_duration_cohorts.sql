-- Grain: one row per duration, cohort period (month, quarter) and slice. A cube: total and
-- every slice stand beside each other, because a Kaplan-Meier median cannot be added up.
with

slices as (

    select
        slices.customer_id,
        slices.dimension,
        slices.dimension_value,
    from {{ ref('int_customers__slices') }} as slices

    union all

    select
        customers.customer_id,
        'total' as dimension,
        'total' as dimension_value,
    from {{ ref('dim_customers') }} as customers

),

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
        slices.dimension_value,
    from {{ ref('int_product__durations') }} as durations
    inner join slices
        on durations.customer_id = slices.customer_id
    cross join (values ('month'), ('quarter')) as grains (grain)

),

fct_onboarding_duration_cohorts as (

    {{ kaplan_meier_medians('members', 'duration_days', median='median_days', type='integer') }}

)

select * from fct_onboarding_duration_cohorts
