-- An interval that was taken out of a schedule is deleted, not changed.
select
    schedule.id as schedule_id,
    schedule.start_time as start_minute,
    schedule.end_time as end_minute,
    schedule.time_zone,
    schedule._file,
    schedule._file_row,
    schedule._load_id,
from
    {{ latest_rows(
        source('zendesk', 'schedule'),
        ['id', 'start_time', 'end_time'],
        version_by='_fivetran_synced'
    ) }}
        as schedule
where not coalesce(schedule._fivetran_deleted, false)
