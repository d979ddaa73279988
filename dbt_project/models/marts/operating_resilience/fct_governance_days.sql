-- Grain: one row per day of the calendar.
with

reviews as (

    select
        reviews.due_on as occurred_on,
        count(*) as review_due_count,
        count(*) filter (where reviews.held_on <= reviews.due_on) as review_on_time_count,
    from {{ ref('stg_governance__reviews') }} as reviews
    group by reviews.due_on

),

fct_governance_days as (

    select
        days.date_day as occurred_on,
        cast(coalesce(reviews.review_due_count, 0) as integer) as review_due_count,
        cast(coalesce(reviews.review_on_time_count, 0) as integer) as review_on_time_count,
    from {{ ref('time_spine_daily') }} as days
    left join reviews
        on days.date_day = reviews.occurred_on

)

select * from fct_governance_days
