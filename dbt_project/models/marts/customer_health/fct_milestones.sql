-- Grain: one row per milestone of a project that has begun.
with

fct_milestones as (

    select
        milestones.milestone_id,
        milestones.project_id,
        projects.customer_id,
        -- What lies beyond the run's day has not happened.
        case when milestones.due_on <= run.as_of then milestones.due_on end as due_on,
        case when milestones.completed_on <= run.as_of then milestones.completed_on end
            as completed_on,
        case when milestones.rated_on <= run.as_of then milestones.rated_on end as rated_on,
        cast(1 as integer) as milestone_count,
        cast(
            case
                when
                    milestones.completed_on <= milestones.due_on
                    and milestones.completed_on <= run.as_of
                    then 1
                else 0
            end as integer
        ) as met_count,
        cast(case when milestones.client_rating >= 4 then 1 else 0 end as integer)
            as good_rating_count,
        cast(milestones.amount * rates.opening_rate as decimal(38, 2)) as delivered_amount,
        projects.team,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, 'unknown') as channel,
    from {{ ref('stg_harvest__milestones') }} as milestones
    inner join {{ ref('int_delivery__projects') }} as projects
        on milestones.project_id = projects.project_id
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            projects.currency = rates.currency
            and {{ month_start('milestones.completed_on') }} = rates.month_start
    left join {{ ref('dim_customers') }} as customers
        on projects.customer_id = customers.customer_id

)

select * from fct_milestones
