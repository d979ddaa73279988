-- Grain: one row per survey that was sent, or answered without a known sending.
with

run_end as (

    select {{ dbt.dateadd('day', 1, 'run.as_of') }} as ends_at,
    from {{ ref('int_calendar__run') }} as run

),

sendings as (

    select distinct
        people.person_id,
        people.last_sent_at as sent_at,
    from {{ ref('stg_delighted__person_versions') }} as people
    cross join run_end
    where people.last_sent_at < run_end.ends_at

),

answers as (

    select
        responses.*,
        case
            when responses.survey_type != 'nps' then null
            when responses.score >= 9 then 'promoter'
            when responses.score >= 7 then 'passive'
            else 'detractor'
        end as sentiment,
        case responses.survey_type
            when 'nps' then responses.score >= 9
            when 'thumbs' then responses.score = 1
            else responses.score >= 4
        end as is_positive,
    from {{ ref('stg_delighted__survey_responses') }} as responses
    cross join run_end
    where
        responses.answered_at < run_end.ends_at
        and responses.score is not null
        and responses.person_id is not null

),

-- A respondent's next answer of the same kind says whether it moved.
followed as (

    select
        answers.*,
        lead(answers.sentiment) over next_answer as next_sentiment,
        lead(answers.answered_at) over next_answer as next_answered_at,
    from answers
    window next_answer as (
        partition by answers.person_id, answers.survey_type
        order by answers.answered_at, answers.response_id
    )

),

-- The first answer after a sending is its answer; any other stands for itself.
matched as (

    select
        followed.*,
        sendings.sent_at as known_sent_at,
        row_number() over (
            partition by followed.person_id, sendings.sent_at
            order by followed.answered_at, followed.response_id
        ) = 1 as is_first_answer,
    from followed
    asof left join sendings
        on
            followed.person_id = sendings.person_id
            and followed.answered_at >= sendings.sent_at

),

requests as (

    select
        'answer ' || matched.response_id as request_id,
        matched.person_id,
        case
            when matched.is_first_answer then coalesce(matched.known_sent_at, matched.answered_at)
            else matched.answered_at
        end as sent_at,
        matched.answered_at,
        matched.survey_type,
        matched.touchpoint,
        matched.ticket_id,
        matched.sentiment,
        matched.is_positive,
        matched.is_reference,
        matched.first_noted_at,
        matched.next_sentiment,
        matched.next_answered_at,
        matched._file,
        matched._file_row,
    from matched

    union all by name

    select
        'sending ' || sendings.person_id || ' ' || sendings.sent_at as request_id,
        sendings.person_id,
        sendings.sent_at,
    from sendings
    anti join matched
        on
            sendings.person_id = matched.person_id
            and sendings.sent_at = matched.known_sent_at

)

select
    requests.*,
    identities.customer_id,
    coalesce(tickets.team, 'unknown') as team,
from requests
left join {{ ref('int_customers__identities') }} as identities
    on
        identities.system = 'delighted.person'
        and requests.person_id = identities.record_id
left join {{ ref('int_support__tickets') }} as tickets
    on requests.ticket_id = tickets.ticket_id
