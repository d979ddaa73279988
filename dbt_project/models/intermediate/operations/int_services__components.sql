-- Grain: one row per name under which sources speak of a service.
with

services as (

    select
        services.service,
        services.team,
        services.created_at,
        services.deleted_at,
    from {{ ref('stg_pagerduty__services') }} as services

    union all

    select
        levels.service,
        null as team,
        null as created_at,
        null as deleted_at,
    from {{ ref('service_levels') }} as levels

    union all

    select
        deployments.service,
        null as team,
        null as created_at,
        null as deleted_at,
    from {{ ref('stg_cicd__deployments') }} as deployments

    union all

    select
        days.service,
        null as team,
        null as created_at,
        null as deleted_at,
    from {{ ref('int_telemetry__account_days') }} as days

    union all

    select
        'unknown' as service,
        null as team,
        null as created_at,
        null as deleted_at,

),

named as (

    select
        services.service,
        coalesce(max(services.team), 'unknown') as team,
        -- Incidents are known of a service from the day on which it was set up to be watched.
        cast(min(services.created_at) as date) as watched_from,
        -- Set up anew under its name, it goes on being watched.
        case
            when
                count(*) filter (
                    where services.created_at is not null and services.deleted_at is null
                ) = 0
                then cast(max(services.deleted_at) as date)
        end as watched_until,
    from services
    where services.service is not null
    group by services.service

),

repositories as (

    select
        deployments.repository_name as component,
        deployments.service,
    from {{ ref('stg_cicd__deployments') }} as deployments
    where
        deployments.repository_name is not null
        and deployments.repository_name not in (select named.service from named)
    qualify row_number() over (
        partition by deployments.repository_name
        order by deployments.finished_at desc nulls last, deployments.deployment_id asc
    ) = 1

),

components as (

    select
        named.service as component,
        named.service,
    from named

    union all

    select
        repositories.component,
        repositories.service,
    from repositories

)

select
    components.component,
    named.service,
    named.team,
    named.watched_from,
    named.watched_until,
from components
inner join named
    on components.service = named.service
