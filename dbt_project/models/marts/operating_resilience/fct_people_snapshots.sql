-- Grain: one row per function and snapshot day (Sundays, month ends, the run's day). Flows
-- are those since the snapshot before, so that they add up at every grain.
with

snapshots as (

    select distinct
        snapshots.snapshot_on,
        dense_rank() over (order by snapshots.snapshot_on) as snapshot_number,
    from {{ ref('int_calendar__snapshots') }} as snapshots

),

windows as (

    select
        snapshots.snapshot_on,
        coalesce(
            {{ dbt.dateadd('day', 1, 'earlier.snapshot_on') }},
            {{ month_start('snapshots.snapshot_on') }}
        ) as window_start_on,
    from snapshots
    left join snapshots as earlier
        on snapshots.snapshot_number = earlier.snapshot_number + 1

),

functions as (

    select distinct employments.function,
    from {{ ref('int_people__employments') }} as employments
    union
    select distinct plans.function,
    from {{ ref('hiring_plan') }} as plans

),

-- Days on which each was employed within the window: from the first to the day before the last.
employed as (

    select
        windows.snapshot_on,
        employments.function,
        count(*) filter (
            where employments.hired_on <= windows.snapshot_on
            and employments.gone_on > windows.snapshot_on
        ) as headcount,
        sum(
            {{ at_least(
                dbt.datediff(
                    'greatest(employments.hired_on, windows.window_start_on)',
                    'least(employments.gone_on, windows.snapshot_on + 1)',
                    'day'
                ),
                0
            ) }}
        ) as person_days,
        count(*) filter (
            where employments.hired_on between windows.window_start_on and windows.snapshot_on
        ) as hire_count,
        count(*) filter (
            where employments.gone_on between windows.window_start_on and windows.snapshot_on
        ) as separation_count,
        count(*) filter (
            where employments.gone_on between windows.window_start_on and windows.snapshot_on
            and employments.is_voluntary
        ) as voluntary_separation_count,
    from windows
    inner join {{ ref('int_people__employments') }} as employments
        on windows.snapshot_on >= employments.hired_on
    group by windows.snapshot_on, employments.function

),

fct_people_snapshots as (

    select
        windows.snapshot_on,
        functions.function,
        cast(coalesce(employed.headcount, 0) as integer) as headcount,
        cast(coalesce(employed.person_days, 0) as bigint) as person_days,
        cast(coalesce(employed.hire_count, 0) as integer) as hire_count,
        cast(coalesce(plans.hires, 0) as integer) as planned_hire_count,
        cast(coalesce(employed.separation_count, 0) as integer) as separation_count,
        cast(coalesce(employed.voluntary_separation_count, 0) as integer)
            as voluntary_separation_count,
    from windows
    cross join functions
    left join employed
        on
            windows.snapshot_on = employed.snapshot_on
            and functions.function = employed.function
    -- A month's plan is due at its end.
    left join {{ ref('hiring_plan') }} as plans
        on
            {{ month_end('plans.month_start') }} = windows.snapshot_on
            and functions.function = plans.function

)

select * from fct_people_snapshots
