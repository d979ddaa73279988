-- Grain: one row per period (month, quarter), and the total or a function. A cube: what a
-- function with few answers does not tell the total still counts.
{%- set fewest = setting('fewest_answers') %}
with

asked as (

    select min(cast(responses.responded_at as date)) as first_answered_on,
    from {{ ref('stg_engagement__survey_responses') }} as responses

),

periods as (

    select
        periods.grain,
        periods.period_start,
        {{ at_most('periods.period_end', 'run.as_of') }} as day_on,
        periods.period_end <= run.as_of as is_complete,
    from {{ ref('int_calendar__periods') }} as periods
    cross join {{ ref('int_calendar__run') }} as run
    inner join asked
        on {{ at_most('periods.period_end', 'run.as_of') }} >= asked.first_answered_on
    where periods.grain in ('month', 'quarter')

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

-- The newest answer of each person in the 90 days that end on the period's last day.
answers as (

    select
        periods.grain,
        periods.period_start,
        coalesce(functions.function, 'unknown') as function,
        responses.score,
    from periods
    inner join {{ ref('stg_engagement__survey_responses') }} as responses
        on
            cast(responses.responded_at as date) <= periods.day_on
            and cast(responses.responded_at as date)
            > {{ dbt.dateadd('day', -90, 'periods.day_on') }}
    left join {{ ref('department_map') }} as functions
        on lower(responses.department_name) = lower(functions.department)
    qualify row_number() over (
        partition by periods.grain, periods.period_start, responses.employee_id
        order by responses.responded_at desc, responses.response_id desc
    ) = 1

),

sentiment as (

    select
        answers.grain,
        answers.period_start,
        answers.function,
        count(*) as answer_count,
        count(*) filter (where answers.score >= 9) as promoter_count,
        count(*) filter (where answers.score <= 6) as detractor_count,
    from answers
    group by answers.grain, answers.period_start, answers.function

),

-- What the total less the others tells is the sum of those that are hidden. Where these are
-- too few together as well, the smallest of the others is hidden beside them.
ranked as (

    select
        sentiment.grain,
        sentiment.period_start,
        sentiment.function,
        sentiment.answer_count,
        sum(sentiment.answer_count) filter (where sentiment.answer_count < {{ fewest }})
            over (partition by sentiment.grain, sentiment.period_start) as hidden_count,
        row_number() over (
            partition by sentiment.grain, sentiment.period_start
            order by
                sentiment.answer_count < {{ fewest }},
                sentiment.answer_count,
                sentiment.function
        ) as size_rank,
    from sentiment

),

shown as (

    select
        ranked.grain,
        ranked.period_start,
        ranked.function,
    from ranked
    where
        ranked.answer_count >= {{ fewest }}
        -- Empty where nobody is hidden.
        and not coalesce(ranked.hidden_count < {{ fewest }} and ranked.size_rank = 1, false)

),

rows_of as (

    select
        periods.grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value,
        sum(sentiment.answer_count) >= {{ fewest }} as is_shown,
        sum(sentiment.answer_count) as answer_count,
        sum(sentiment.promoter_count) as promoter_count,
        sum(sentiment.detractor_count) as detractor_count,
    from periods
    left join sentiment
        on
            periods.grain = sentiment.grain
            and periods.period_start = sentiment.period_start
    group by periods.grain, periods.period_start

    union all

    -- Of a period that runs no function tells: each day's version would show what came in.
    select
        periods.grain,
        periods.period_start,
        'function' as dimension,
        functions.function as dimension_value,
        shown.function is not null as is_shown,
        sentiment.answer_count,
        sentiment.promoter_count,
        sentiment.detractor_count,
    from periods
    cross join functions
    left join sentiment
        on
            periods.grain = sentiment.grain
            and periods.period_start = sentiment.period_start
            and functions.function = sentiment.function
    left join shown
        on
            periods.grain = shown.grain
            and periods.period_start = shown.period_start
            and functions.function = shown.function
    where periods.is_complete

),

fct_engagement_periods as (

    select
        rows_of.grain,
        rows_of.period_start,
        rows_of.dimension,
        rows_of.dimension_value,
        case when rows_of.is_shown then 'ok' else 'too_few' end as state,
        case when rows_of.is_shown then cast(rows_of.answer_count as integer) end
            as answer_count,
        case when rows_of.is_shown then cast(rows_of.promoter_count as integer) end
            as promoter_count,
        case when rows_of.is_shown then cast(rows_of.detractor_count as integer) end
            as detractor_count,
    from rows_of

)

select * from fct_engagement_periods
