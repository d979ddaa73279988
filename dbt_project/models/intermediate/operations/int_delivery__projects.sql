-- Grain: one row per project that has begun.
with

run as (

    select run.as_of,
    from {{ ref('int_calendar__run') }} as run

),

milestones as (

    select
        milestones.project_id,
        count(*) as milestone_count,
        case
            when count(*) filter (where milestones.completed_on <= run.as_of) = count(*)
                then max(milestones.completed_on)
        end as delivered_on,
    from {{ ref('stg_harvest__milestones') }} as milestones
    cross join run
    group by milestones.project_id

),

-- The team with the most hours on it.
teams as (

    select
        entries.project_id,
        users.team,
    from {{ ref('stg_harvest__time_entries') }} as entries
    inner join {{ ref('stg_harvest__users') }} as users
        on entries.user_id = users.user_id
    cross join run
    where entries.spent_on <= run.as_of
    group by entries.project_id, users.team
    qualify row_number() over (
        partition by entries.project_id
        order by {{ exact_sum('entries.hours') }} desc, users.team asc
    ) = 1

)

select
    projects.project_id,
    identities.customer_id,
    coalesce(teams.team, 'unknown') as team,
    -- A project whose client is not delivered, or names no currency, is in the reporting one.
    coalesce(clients.currency, '{{ setting("reporting_currency") }}') as currency,
    projects.is_fixed_fee,
    projects.starts_on,
    projects.ends_on,
    coalesce(milestones.milestone_count, 0) as milestone_count,
    milestones.delivered_on,
    projects._file,
    projects._file_row,
from {{ ref('stg_harvest__projects') }} as projects
inner join run
    on projects.starts_on <= run.as_of
left join milestones
    on projects.project_id = milestones.project_id
left join teams
    on projects.project_id = teams.project_id
left join {{ ref('stg_harvest__clients') }} as clients
    on projects.client_id = clients.client_id
left join {{ ref('int_customers__identities') }} as identities
    on identities.system = 'harvest.client' and projects.client_id = identities.record_id
