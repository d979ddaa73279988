-- Grain: one row per project with a plan and snapshot day from its start on. Counts are those
-- of running projects, 0 afterwards.
with

milestones as (

    select
        projects.project_id,
        snapshots.snapshot_on,
        -- Running until delivered, and for at most 90 days beyond its promised end.
        coalesce(projects.delivered_on, cast('9999-12-31' as date)) > snapshots.snapshot_on
        and {{ dbt.dateadd('day', 90, 'projects.ends_on') }} >= snapshots.snapshot_on
            as is_running,
        count(*) filter (where milestones.due_on <= snapshots.snapshot_on) as due_count,
        count(*) filter (where milestones.completed_on <= snapshots.snapshot_on)
            as completed_count,
    from {{ ref('int_delivery__projects') }} as projects
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on projects.starts_on <= snapshots.snapshot_on
    inner join {{ ref('stg_harvest__milestones') }} as milestones
        on projects.project_id = milestones.project_id
    where projects.ends_on is not null
    group by all

),

fct_project_snapshots as (

    select
        milestones.project_id,
        projects.customer_id,
        milestones.snapshot_on,
        cast(case when milestones.is_running then 1 else 0 end as integer)
            as running_project_count,
        cast(case when milestones.is_running then milestones.due_count else 0 end as integer)
            as due_milestone_count,
        cast(
            case when milestones.is_running then milestones.completed_count else 0 end
            as integer
        ) as completed_milestone_count,
        projects.team,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, 'unknown') as channel,
    from milestones
    inner join {{ ref('int_delivery__projects') }} as projects
        on milestones.project_id = projects.project_id
    left join {{ ref('dim_customers') }} as customers
        on projects.customer_id = customers.customer_id

)

select * from fct_project_snapshots
