select
    response.id as response_id,
    response.employee_id,
    response.department as department_name,
    response.score,
    response.responded_at,
    response._file,
    response._file_row,
    response._load_id,
from {{ accepted_rows(source('engagement', 'survey_response')) }} as response
-- A repeated delivery of an answer is the same answer.
qualify row_number() over (
    partition by response.id order by response._file_order, response._file_row
) = 1
