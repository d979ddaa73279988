-- Grain: one row per production deployment.
with

incidents as (

    select
        incidents.deployment_id,
        count(*) as incident_count,
    from {{ ref('int_incidents__timelines') }} as incidents
    where incidents.deployment_id is not null
    group by incidents.deployment_id

),

fct_deployments as (

    select
        deployments.deployment_id,
        deployments.service,
        components.team,
        cast(deployments.finished_at as date) as deployed_on,
        deployments.result,
        deployments.is_rollback,
        deployments.is_rolled_back,
        cast(coalesce(incidents.incident_count, 0) as integer) as incident_count,
        cast(deployments.commit_count as integer) as commit_count,
        cast(deployments.is_successful as integer) as successful_count,
        cast(
            deployments.is_successful
            and (deployments.is_rolled_back or incidents.incident_count > 0)
            is true as integer
        ) as failed_change_count,
        cast(
            case
                when deployments.is_successful
                    then {{ at_least(
                        dbt.datediff(
                            'deployments.first_commit_at', 'deployments.finished_at', 'second'
                        ) ~ ' / 3600.0',
                        0
                    ) }}
            end as double
        ) as lead_time_hours,
    from {{ ref('int_delivery__deployments') }} as deployments
    inner join {{ ref('int_services__components') }} as components
        on deployments.service = components.component
    left join incidents
        on deployments.deployment_id = incidents.deployment_id

)

select * from fct_deployments
