select
    pay.id as compensation_id,
    pay.employee_id,
    pay.start_date as starts_on,
    cast(split_part(pay.rate, ' ', 1) as decimal(38, 2)) as yearly_amount_local,
    lower(split_part(pay.rate, ' ', 2)) as currency,
    pay._file,
    pay._file_row,
    pay._load_id,
from {{ latest_rows(source('bamboohr', 'compensation'), ['id'], version_by='last_changed') }} as pay
where not {{ is_deleted('pay') }}
