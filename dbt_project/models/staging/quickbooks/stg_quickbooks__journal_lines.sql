select
    line.journal_entry_id,
    line.index as line_number,
    line.account_id,
    case lower(line.posting_type) when 'credit' then -line.amount else line.amount end as amount,
    line.class_id,
    line.department_id,
    line.vendor_id,
    line._file,
    line._file_row,
    line._load_id,
from
    {{ latest_rows(
        source('quickbooks', 'journal_entry_line'),
        ['journal_entry_id', 'index'],
        version_by='_fivetran_synced'
    ) }}
        as line
where not {{ is_deleted('line') }}
