-- Grain: one row per day, customer and team with open tickets at the day's end, and one for
-- the pair that wrote first on every day, so that a day with none open is a zero.
with

tickets as (

    select
        tickets.ticket_id,
        tickets.customer_id,
        tickets.team,
        tickets.created_at,
        cast(escalations.escalated_at as date) as escalated_on,
    from {{ ref('int_support__tickets') }} as tickets
    left join {{ ref('int_support__escalations') }} as escalations
        on tickets.ticket_id = escalations.ticket_id
    where tickets.excluded_as is null

),

-- A day carries the state at its end: that of the opening counts, that of the end does not.
open_days as (

    select
        cast(days.day_on as date) as day_on,
        tickets.customer_id,
        tickets.team,
        1 as open_count,
        case when tickets.escalated_on <= cast(days.day_on as date) then 1 else 0 end
            as escalated_count,
    from {{ ref('int_support__ticket_spells') }} as spells
    inner join tickets
        on spells.ticket_id = tickets.ticket_id
    cross join {{ ref('int_calendar__run') }} as run
    cross join unnest(
        generate_series(
            cast(spells.opened_at as date),
            coalesce(cast(spells.solved_at as date) - 1, run.as_of),
            interval 1 day
        )
    ) as days (day_on)

),

first_pair as (

    select
        tickets.customer_id,
        tickets.team,
        cast(tickets.created_at as date) as created_on,
    from tickets
    qualify row_number() over (order by tickets.created_at, tickets.ticket_id) = 1

),

every_day as (

    select
        cast(days.day_on as date) as day_on,
        first_pair.customer_id,
        first_pair.team,
        0 as open_count,
        0 as escalated_count,
    from first_pair
    cross join {{ ref('int_calendar__run') }} as run
    cross join unnest(
        generate_series(first_pair.created_on, run.as_of, interval 1 day)
    ) as days (day_on)

),

together as (

    select * from open_days
    union all
    select * from every_day

),

fct_ticket_days as (

    select
        together.day_on,
        together.customer_id,
        together.team,
        cast(sum(together.open_count) as integer) as open_ticket_count,
        cast(sum(together.escalated_count) as integer) as open_escalation_count,
        coalesce(max(customers.segment), 'unknown') as segment,
        coalesce(max(customers.plan), 'unknown') as plan,
        coalesce(max(customers.region), 'unknown') as region,
        coalesce(max(customers.acquisition_channel), 'unknown') as channel,
    from together
    left join {{ ref('dim_customers') }} as customers
        on together.customer_id = customers.customer_id
    group by together.day_on, together.customer_id, together.team

)

select * from fct_ticket_days
