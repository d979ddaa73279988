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
    inner join {{ ref('environment_map') }} as environments
        on deployments.environment = environments.environment
    cross join {{ ref('int_calendar__run') }} as run
    where
        environments.is_production
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

    -- What a pull request was merged or squashed into has no author of its own: its commits do.
    select
        listed.deployment_id,
        merged.sha,
    from {{ ref('stg_cicd__deployment_commits') }} as listed
    inner join {{ ref('stg_github__pull_requests') }} as pull_requests
        on listed.sha = pull_requests.merge_commit_sha
    inner join {{ ref('stg_github__pull_request_commits') }} as merged
        on pull_requests.pull_request_id = merged.pull_request_id

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

first_changes as (

    select
        production.service,
        min_by(production.deployment_id, (production.finished_at, production.deployment_id))
            as deployment_id,
    from production
    where production.is_successful
    group by production.service

),

-- Before a service's first deployment nobody knows what was running: of all that it lists only
-- the newest commit is sure to be brought by it.
first_commits as (

    select
        first_brought.deployment_id,
        case
            when first_changes.deployment_id is not null then max(first_brought.authored_at)
            else min(first_brought.authored_at)
        end as first_commit_at,
        count(*) as commit_count,
    from first_brought
    left join first_changes
        on first_brought.deployment_id = first_changes.deployment_id
    group by first_brought.deployment_id, first_changes.deployment_id

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
