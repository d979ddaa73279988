-- Grain: one row per production deployment that has ended by the run's day.
with

production as (

    select
        deployments.deployment_id,
        deployments.service,
        deployments.result,
        deployments.finished_at,
        deployments.commit_sha,
        deployments.rollback_of_deployment_id,
        -- What takes a change back is no change.
        deployments.result = 'success'
        and deployments.rollback_of_deployment_id is null as is_successful,
    from {{ ref('stg_cicd__deployments') }} as deployments
    cross join {{ ref('int_calendar__run') }} as run
    where
        deployments.environment = 'production'
        and cast(deployments.finished_at as date) <= run.as_of

),

rolled_back as (

    select distinct production.rollback_of_deployment_id as deployment_id,
    from production
    where production.result = 'success' and production.rollback_of_deployment_id is not null

),

commits as (

    select
        commits.sha,
        min(commits.authored_at) as authored_at,
    from {{ ref('stg_github__pull_request_commits') }} as commits
    group by commits.sha

),

-- The pull request that a deployment's newest commit came with, by its own or its merge.
pull_requests_by_sha as (

    select
        commits.sha,
        commits.pull_request_id,
    from {{ ref('stg_github__pull_request_commits') }} as commits

    union

    select
        pull_requests.merge_commit_sha as sha,
        pull_requests.pull_request_id,
    from {{ ref('stg_github__pull_requests') }} as pull_requests
    where pull_requests.merge_commit_sha is not null

),

brought as (

    select
        listed.deployment_id,
        listed.sha,
    from {{ ref('stg_cicd__deployment_commits') }} as listed

    union

    -- Pipelines that name the newest commit only: its pull request knows the others.
    select
        production.deployment_id,
        siblings.sha,
    from production
    inner join pull_requests_by_sha
        on production.commit_sha = pull_requests_by_sha.sha
    inner join {{ ref('stg_github__pull_request_commits') }} as siblings
        on pull_requests_by_sha.pull_request_id = siblings.pull_request_id
    where
        production.deployment_id not in (
            select listed.deployment_id
            from {{ ref('stg_cicd__deployment_commits') }} as listed
        )

),

-- A commit reaches production once: a later deployment that lists it again does not bring it.
first_brought as (

    select
        production.deployment_id,
        commits.authored_at,
    from production
    inner join brought
        on production.deployment_id = brought.deployment_id
    inner join commits
        on brought.sha = commits.sha
    where production.is_successful
    qualify row_number() over (
        partition by production.service, commits.sha
        order by production.finished_at, production.deployment_id
    ) = 1

),

first_commits as (

    select
        first_brought.deployment_id,
        min(first_brought.authored_at) as first_commit_at,
        count(*) as commit_count,
    from first_brought
    group by first_brought.deployment_id

)

select
    production.deployment_id,
    production.service,
    production.result,
    production.finished_at,
    production.is_successful,
    production.rollback_of_deployment_id is not null as is_rollback,
    rolled_back.deployment_id is not null as is_rolled_back,
    first_commits.first_commit_at,
    coalesce(first_commits.commit_count, 0) as commit_count,
from production
left join rolled_back
    on production.deployment_id = rolled_back.deployment_id
left join first_commits
    on production.deployment_id = first_commits.deployment_id
