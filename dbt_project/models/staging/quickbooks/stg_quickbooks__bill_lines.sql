select
    line.bill_id as document_id,
    line.index as line_number,
    line.amount,
    line.account_expense_account_id as account_id,
    line.item_expense_item_id as item_id,
    coalesce(line.account_expense_class_id, line.item_expense_class_id) as class_id,
    false as is_discount,
    line._file,
    line._file_row,
    line._load_id,
from
    {{ latest_rows(
        source('quickbooks', 'bill_line'),
        ['bill_id', 'index'],
        version_by='_fivetran_synced'
    ) }}
        as line
where not {{ is_deleted('line') }}
