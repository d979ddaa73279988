-- Grain: one row per survey that was sent, or answered without a known sending.
with

requests as (

    select
        requests.*,
        {{ dbt.datediff('requests.answered_at', 'requests.first_noted_at', 'day') }}
            as days_to_note,
        {{ dbt.datediff('requests.answered_at', 'requests.next_answered_at', 'day') }}
            as days_to_next_answer,
    from {{ ref('int_surveys__requests') }} as requests

),

fct_survey_requests as (

    select
        -- The id of a sending names the person.
        {{ keyed_hash('requests.request_id') }} as request_id,
        {{ keyed_hash('requests.person_id') }} as person_hash,
        requests.customer_id,
        coalesce(requests.survey_type, 'unknown') as survey_type,
        coalesce(requests.touchpoint, 'unknown') as touchpoint,
        cast(requests.sent_at as date) as sent_on,
        cast(requests.answered_at as date) as answered_on,
        requests.sentiment,
        cast(1 as integer) as sent_count,
        cast(case when requests.answered_at is not null then 1 else 0 end as integer)
            as answered_count,
        cast(case when requests.is_positive then 1 else 0 end as integer) as positive_count,
        cast(case when requests.sentiment = 'detractor' then 1 else 0 end as integer)
            as detractor_count,
        cast(
            case
                when
                    requests.sentiment = 'detractor'
                    and cast(requests.first_noted_at as date) <= run.as_of
                    and requests.days_to_note <= 5
                    then 1
                else 0
            end as integer
        ) as followed_up_count,
        -- Passives that answered again within half a year.
        cast(
            case
                when
                    requests.sentiment = 'passive'
                    and requests.days_to_next_answer <= 180
                    then 1
                else 0
            end as integer
        ) as passive_asked_again_count,
        cast(
            case
                when
                    requests.sentiment = 'passive'
                    and requests.next_sentiment = 'promoter'
                    and requests.days_to_next_answer <= 180
                    then 1
                else 0
            end as integer
        ) as passive_moved_up_count,
        requests.team,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, 'unknown') as channel,
    from requests
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('dim_customers') }} as customers
        on requests.customer_id = customers.customer_id

)

select * from fct_survey_requests
