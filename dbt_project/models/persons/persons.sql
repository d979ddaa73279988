-- Grain: one row per employee.
select
    {{ keyed_hash('employees.employee_id') }} as person_hash,
    employees.employee_name as name,
    employees.job_title as role,
from {{ ref('stg_bamboohr__employees') }} as employees
where employees.employee_name is not null
