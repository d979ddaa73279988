-- Grain: one row per day of the calendar.
with

-- From the day on which its role had room for it until the day before it was over, or waited again.
standing as (

    select
        days.date_day as occurred_on,
        count(*) as open_intervention_count,
        count(*) filter (where spells.due_on < days.date_day)
            as overdue_intervention_count,
    from {{ ref('intervention_spells') }} as spells
    inner join {{ ref('time_spine_daily') }} as days
        on
            spells.began_on <= days.date_day
            and coalesce(spells.ended_on > days.date_day, true)
    where spells.standing = 'open'
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
