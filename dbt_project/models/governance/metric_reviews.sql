-- Grain: one row per review of a metric that was planned by the run's day.
with

reviews as (

    select
        reviews.review_id,
        reviews.metric_id,
        reviews.due_on,
        case when reviews.held_on <= run.as_of then reviews.held_on end as held_on,
        case when reviews.held_on <= run.as_of then reviews.conclusion end as conclusion,
        reviews.owner_role,
        run.as_of,
    from {{ ref('stg_governance__reviews') }} as reviews
    cross join {{ ref('int_calendar__run') }} as run

),

-- By the review that it names, else by metric and day.
decisions as (

    select
        reviews.review_id,
        list(decisions.decision_id order by decisions.decision_id) as decision_ids,
        max_by(decisions.outcome, decisions.decision_id) as choice,
    from reviews
    inner join {{ ref('stg_governance__decisions') }} as decisions
        on
            reviews.as_of >= decisions.decided_on
            and (
                reviews.review_id = decisions.review_id
                or (
                    decisions.review_id is null
                    and reviews.metric_id = decisions.metric_id
                    and reviews.held_on = decisions.decided_on
                )
            )
    group by reviews.review_id

),

-- The newest period of which a reviewer could know.
seen as (

    select
        reviews.review_id,
        judged.grain,
        judged.period_start,
        judged.value,
        judged.status,
    from reviews
    inner join {{ ref('int_metrics__judged') }} as judged
        on
            reviews.metric_id = judged.metric_id
            and coalesce(reviews.held_on, reviews.due_on) >= judged.known_on
    qualify row_number() over (
        partition by reviews.review_id order by judged.period_start desc
    ) = 1

),

metric_reviews as (

    select
        reviews.review_id,
        reviews.metric_id,
        reviews.due_on,
        reviews.held_on,
        case
            when reviews.held_on <= reviews.due_on then 'on_time'
            when reviews.held_on is not null then 'late'
            when reviews.due_on < reviews.as_of then 'missed'
            else 'due'
        end as state,
        cast(
            {{ at_least(
                dbt.datediff('reviews.due_on', 'coalesce(reviews.held_on, reviews.as_of)', 'day'),
                0
            ) }} as integer
        ) as days_late,
        reviews.owner_role,
        seen.grain,
        seen.period_start,
        seen.value,
        seen.status,
        reviews.conclusion,
        decisions.choice,
        coalesce(decisions.decision_ids, []) as decision_ids,
    from reviews
    left join decisions
        on reviews.review_id = decisions.review_id
    left join seen
        on reviews.review_id = seen.review_id

)

select * from metric_reviews
