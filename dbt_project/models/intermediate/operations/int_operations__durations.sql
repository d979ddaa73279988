-- Grain: one row per clock that has started.
with

reviewed as (

    select
        reviews.pull_request_id,
        reviews.submitted_at,
        reviews.user_id,
    from {{ ref('stg_github__pull_request_reviews') }} as reviews
    where reviews.state is distinct from 'PENDING'

),

-- A review by the author reviews nothing. Who closes unreviewed stops waiting.
pull_requests as (

    select
        pull_requests.pull_request_id,
        pull_requests.repository_id,
        issues.created_at as opened_at,
        issues.closed_at,
        min(reviewed.submitted_at) filter (
            where reviewed.user_id is distinct from issues.user_id
        ) as reviewed_at,
    from {{ ref('stg_github__pull_requests') }} as pull_requests
    inner join {{ ref('stg_github__issues') }} as issues
        on pull_requests.issue_id = issues.issue_id
    left join reviewed
        on
            pull_requests.pull_request_id = reviewed.pull_request_id
            and issues.created_at <= reviewed.submitted_at
    group by
        pull_requests.pull_request_id,
        pull_requests.repository_id,
        issues.created_at,
        issues.closed_at

),

clocks as (

    select
        'time_to_restore' as duration_type,
        incidents.incident_id as subject_id,
        incidents.service,
        incidents.opened_at as started_at,
        incidents.restored_at as arrived_at,
        null as stopped_at,
    from {{ ref('int_incidents__timelines') }} as incidents

    union all

    select
        'time_to_acknowledge' as duration_type,
        incidents.incident_id as subject_id,
        incidents.service,
        incidents.opened_at as started_at,
        incidents.acknowledged_at as arrived_at,
        null as stopped_at,
    from {{ ref('int_incidents__timelines') }} as incidents

    union all

    select
        'change_review' as duration_type,
        pull_requests.pull_request_id as subject_id,
        coalesce(components.service, 'unknown') as service,
        pull_requests.opened_at as started_at,
        pull_requests.reviewed_at as arrived_at,
        pull_requests.closed_at as stopped_at,
    from pull_requests
    left join {{ ref('stg_github__repositories') }} as repositories
        on pull_requests.repository_id = repositories.repository_id
    left join {{ ref('int_services__components') }} as components
        on repositories.repository_name = components.component

    union all

    select
        'breach_to_action' as duration_type,
        actions.action_id as subject_id,
        null as service,
        actions.opened_at as started_at,
        actions.acted_at as arrived_at,
        actions.closed_at as stopped_at,
    from {{ ref('stg_governance__actions') }} as actions

),

bounded as (

    select
        clocks.*,
        least(
            coalesce(clocks.stopped_at, {{ dbt.dateadd('day', 1, 'run.as_of') }}),
            {{ dbt.dateadd('day', 1, 'run.as_of') }}
        ) as watched_until,
        run.as_of,
    from clocks
    cross join {{ ref('int_calendar__run') }} as run
    where cast(clocks.started_at as date) <= run.as_of

),

judged as (

    select
        bounded.*,
        coalesce(bounded.arrived_at <= bounded.watched_until, false) as has_arrived,
    from bounded

)

select
    judged.duration_type,
    judged.subject_id,
    judged.service,
    coalesce(teams.team, 'unknown') as team,
    cast(judged.started_at as date) as started_on,
    judged.has_arrived,
    {{ at_least(
        dbt.datediff(
            'judged.started_at',
            'case when judged.has_arrived then judged.arrived_at else judged.watched_until end',
            'second'
        ) ~ ' / 3600.0',
        0
    ) }} as duration_hours,
from judged
left join {{ ref('int_services__components') }} as teams
    on judged.service = teams.component
