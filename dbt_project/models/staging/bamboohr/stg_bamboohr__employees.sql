select
    employee.id as employee_id,
    employee.department as department_name,
    try_cast(nullif(employee.hire_date, '0000-00-00') as date) as hired_on,
    try_cast(nullif(employee.termination_date, '0000-00-00') as date) as left_on,
    employee._file,
    employee._file_row,
    employee._load_id,
from
    {{ latest_rows(source('bamboohr', 'employee'), ['id'], version_by='last_changed') }}
        as employee
