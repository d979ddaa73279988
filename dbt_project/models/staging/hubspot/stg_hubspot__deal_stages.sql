select
    entered.deal_id,
    entered.value as stage_id,
    entered.date_entered as entered_at,
    entered._file,
    entered._file_row,
    entered._file_order,
    entered._load_id,
from {{ accepted_rows(source('hubspot', 'deal_stage')) }} as entered
-- A repeated delivery of an entry is the same entry.
qualify row_number() over (
    partition by entered.deal_id, entered.value, entered.date_entered
    order by entered._file_order, entered._file_row
) = 1
