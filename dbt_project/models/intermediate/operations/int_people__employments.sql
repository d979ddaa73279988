-- Grain: one row per employee that was ever hired.
with

-- The newest word on how an employment ended.
terminations as (

    select
        statuses.employee_id,
        max_by(
            statuses.termination_type, (statuses.changed_on, statuses.termination_type)
        ) as termination_type,
    from {{ ref('stg_bamboohr__employment_statuses') }} as statuses
    where statuses.employment_status = 'terminated'
    group by statuses.employee_id

)

select
    employees.employee_id,
    coalesce(functions.function, 'unknown') as function,
    employees.hired_on,
    coalesce(employees.left_on, cast('9999-12-31' as date))
        as gone_on,
    -- What nobody has listed is involuntary, and stands in `unmatched_records`.
    coalesce(types.is_voluntary, false) as is_voluntary,
    employees._file,
    employees._file_row,
from {{ ref('stg_bamboohr__employees') }} as employees
left join {{ ref('department_map') }} as functions
    on lower(employees.department_name) = lower(functions.department)
left join terminations
    on employees.employee_id = terminations.employee_id
left join {{ ref('termination_type_map') }} as types
    on terminations.termination_type = types.termination_type
where employees.hired_on is not null
