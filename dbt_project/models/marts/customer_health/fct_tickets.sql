-- Grain: one row per ticket that counts: not deleted, not merged into another one, not of a
-- test organisation (those stand in int_support__tickets with the reason).
with

fct_tickets as (

    select
        tickets.ticket_id,
        tickets.customer_id,
        tickets.priority,
        cast(tickets.created_at as date) as created_on,
        cast(tickets.first_replied_at as date) as first_replied_on,
        cast(tickets.first_solved_at as date) as first_solved_on,
        cast(tickets.solved_at as date) as solved_on,
        case when tickets.rating is not null then cast(tickets.rated_at as date) end
            as rated_on,
        cast(escalations.escalated_at as date) as escalated_on,
        cast(1 as integer) as ticket_count,
        cast(tickets.reply_open_seconds / 3600.0 as double) as first_reply_business_hours,
        cast(tickets.resolution_open_seconds / 3600.0 as double)
            as resolution_business_hours,
        cast(
            {{ dbt.datediff('tickets.created_at', 'tickets.solved_at', 'second') }} / 3600.0
            as double
        ) as resolution_calendar_hours,
        cast(
            case
                when escalations.escalated_at <= tickets.solved_at
                    then
                        {{ dbt.datediff(
                            'escalations.escalated_at', 'tickets.solved_at', 'second'
                        ) }} / 3600.0
            end as double
        ) as escalation_resolution_hours,
        cast(case when tickets.solved_at is not null then 1 else 0 end as integer)
            as solved_count,
        cast({{ at_most('tickets.reopen_count', 1) }} as integer)
            as reopened_count,
        cast(case when tickets.rating = 'good' then 1 else 0 end as integer)
            as good_rating_count,
        cast(case when escalations.ticket_id is not null then 1 else 0 end as integer)
            as escalated_count,
        cast(case when escalations.is_on_path then 1 else 0 end as integer)
            as escalated_on_path_count,
        tickets.team,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, 'unknown') as channel,
    from {{ ref('int_support__tickets') }} as tickets
    left join {{ ref('int_support__escalations') }} as escalations
        on tickets.ticket_id = escalations.ticket_id
    left join {{ ref('dim_customers') }} as customers
        on tickets.customer_id = customers.customer_id
    where tickets.excluded_as is null

)

select * from fct_tickets
