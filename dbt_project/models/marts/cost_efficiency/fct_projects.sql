-- Grain: one row per project whose promised end has come.
with

fct_projects as (

    select
        projects.project_id,
        projects.customer_id,
        projects.ends_on,
        projects.delivered_on,
        cast(1 as integer) as due_count,
        cast(case when projects.delivered_on <= projects.ends_on then 1 else 0 end as integer)
            as on_time_count,
        projects.team,
    from {{ ref('int_delivery__projects') }} as projects
    cross join {{ ref('int_calendar__run') }} as run
    -- Without milestones nobody says when a project was delivered.
    where projects.ends_on <= run.as_of and projects.milestone_count > 0

)

select * from fct_projects
