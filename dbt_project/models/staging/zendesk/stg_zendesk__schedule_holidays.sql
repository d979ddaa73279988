select
    holiday.id as holiday_id,
    holiday.schedule_id,
    holiday.start_date as starts_on,
    coalesce(holiday.end_date, holiday.start_date) as ends_on,
    holiday._file,
    holiday._file_row,
    holiday._load_id,
from
    {{ latest_rows(
        source('zendesk', 'schedule_holiday'),
        ['id'],
        version_by='_fivetran_synced'
    ) }}
        as holiday
where not coalesce(holiday._fivetran_deleted, false)
