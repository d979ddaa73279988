-- Grain: one row per defect.
with

labelled as (

    select
        issue_labels.issue_id,
        bool_or(labels.label_name like '%bug%' or labels.label_name like '%defect%') as is_defect,
        bool_or(
            labels.label_name like '%customer%' or labels.label_name like '%production%'
        ) as is_found_by_customer,
    from {{ ref('stg_github__issue_labels') }} as issue_labels
    inner join {{ ref('stg_github__labels') }} as labels
        on issue_labels.label_id = labels.label_id
    group by issue_labels.issue_id

)

select
    issues.issue_id,
    coalesce(components.service, 'unknown') as service,
    cast(issues.created_at as date) as found_on,
    labelled.is_found_by_customer,
from {{ ref('stg_github__issues') }} as issues
inner join labelled
    on issues.issue_id = labelled.issue_id
left join {{ ref('stg_github__repositories') }} as repositories
    on issues.repository_id = repositories.repository_id
left join {{ ref('int_services__components') }} as components
    on repositories.repository_name = components.component
where not issues.is_pull_request and labelled.is_defect
