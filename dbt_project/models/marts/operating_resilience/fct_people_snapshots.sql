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
    union
    -- Who answers from a department that nobody has mapped answers all the same.
    select 'unknown' as function,
    from {{ ref('stg_engagement__survey_responses') }} as responses
    anti join {{ ref('department_map') }} as departments
        on lower(responses.department_name) = lower(departments.department)

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

-- The newest answer of each person in the 90 days that end on the snapshot.
answers as (

    select
        windows.snapshot_on,
        functions.function,
        responses.score,
    from windows
    inner join {{ ref('stg_engagement__survey_responses') }} as responses
        on
            cast(responses.responded_at as date) <= windows.snapshot_on
            and cast(responses.responded_at as date)
            > {{ dbt.dateadd('day', -90, 'windows.snapshot_on') }}
    left join {{ ref('department_map') }} as functions
        on lower(responses.department_name) = lower(functions.department)
    qualify row_number() over (
        partition by windows.snapshot_on, responses.employee_id
        order by responses.responded_at desc, responses.response_id desc
    ) = 1

),

sentiment as (

    select
        answers.snapshot_on,
        coalesce(answers.function, 'unknown') as function,
        count(*) as answer_count,
        count(*) filter (where answers.score >= 9) as promoter_count,
        count(*) filter (where answers.score <= 6) as detractor_count,
    from answers
    group by answers.snapshot_on, coalesce(answers.function, 'unknown')

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
        cast(coalesce(sentiment.answer_count, 0) as integer) as answer_count,
        cast(coalesce(sentiment.promoter_count, 0) as integer) as promoter_count,
        cast(coalesce(sentiment.detractor_count, 0) as integer) as detractor_count,
    from windows
    cross join functions
    left join employed
        on
            windows.snapshot_on = employed.snapshot_on
            and functions.function = employed.function
    left join sentiment
        on
            windows.snapshot_on = sentiment.snapshot_on
            and functions.function = sentiment.function
    -- A month's plan is due at its end.
    left join {{ ref('hiring_plan') }} as plans
        on
            {{ month_end('plans.month_start') }} = windows.snapshot_on
            and functions.function = plans.function

)

select * from fct_people_snapshots
