-- Grain: one row per day of the calendar.
with

actions as (

    select
        days.date_day as occurred_on,
        count(*) as open_intervention_count,
        count(*) filter (where actions.due_on < days.date_day) as overdue_intervention_count,
    from {{ ref('stg_governance__actions') }} as actions
    inner join {{ ref('time_spine_daily') }} as days
        on
            cast(actions.opened_at as date) <= days.date_day
            and coalesce(cast(actions.closed_at as date) > days.date_day, true)
    group by days.date_day

),

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
        cast(coalesce(actions.open_intervention_count, 0) as integer)
            as open_intervention_count,
        cast(coalesce(actions.overdue_intervention_count, 0) as integer)
            as overdue_intervention_count,
        cast(coalesce(reviews.review_due_count, 0) as integer) as review_due_count,
        cast(coalesce(reviews.review_on_time_count, 0) as integer) as review_on_time_count,
    from {{ ref('time_spine_daily') }} as days
    left join actions
        on days.date_day = actions.occurred_on
    left join reviews
        on days.date_day = reviews.occurred_on

)

select * from fct_governance_days
