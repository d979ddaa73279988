select
    task.engagement_id as task_id,
    task.property_hs_task_subject as subject,
    task.property_hs_timestamp as due_at,
    case
        when upper(task.property_hs_task_status) = 'COMPLETED'
            then coalesce(task.property_hs_task_completion_date, task.property_hs_timestamp)
    end as completed_at,
    task.property_hubspot_team_id as team_id,
    task._file,
    task._file_row,
    task._load_id,
from
    {{ latest_rows(
        source('hubspot', 'engagement_task'),
        ['engagement_id'],
        version_by='_fivetran_synced'
    ) }}
        as task
where not {{ is_deleted('task') }}
