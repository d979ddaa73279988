select
    employee.id as employee_id,
    nullif(trim(concat_ws(' ', employee.first_name, employee.last_name)), '') as employee_name,
    employee.job_title,
    employee.department as department_name,
    employee.hire_date as hired_on,
    employee.termination_date as left_on,
    employee._file,
    employee._file_row,
    employee._load_id,
from
    {{ latest_rows(source('bamboohr', 'employee'), ['id'], version_by='last_changed') }}
        as employee
where not {{ is_deleted('employee') }}
