-- Grain: one row per day of the calendar.
with

-- From the day on which it was called for until the day before it was over.
standing as (

    select
        days.date_day as occurred_on,
        count(*) as open_intervention_count,
        count(*) filter (where interventions.due_on < days.date_day)
            as overdue_intervention_count,
    from {{ ref('interventions') }} as interventions
    inner join {{ ref('time_spine_daily') }} as days
        on
            interventions.opened_on <= days.date_day
            and coalesce(interventions.ended_on > days.date_day, true)
    group by days.date_day

),

fct_intervention_days as (

    select
        days.date_day as occurred_on,
        cast(coalesce(standing.open_intervention_count, 0) as integer)
            as open_intervention_count,
        cast(coalesce(standing.overdue_intervention_count, 0) as integer)
            as overdue_intervention_count,
    from {{ ref('time_spine_daily') }} as days
    left join standing
        on days.date_day = standing.occurred_on

)

select * from fct_intervention_days
