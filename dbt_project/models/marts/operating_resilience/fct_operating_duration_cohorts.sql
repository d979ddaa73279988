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

fct_operating_duration_cohorts as (

    {{ kaplan_meier_medians('members', 'duration_hours', median='median_hours', type='double') }}

)

select * from fct_operating_duration_cohorts
