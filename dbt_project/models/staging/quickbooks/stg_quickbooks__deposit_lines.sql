select
    line.deposit_id as document_id,
    line.index as line_number,
    line.amount,
    line.deposit_account_id as account_id,
    cast(null as varchar) as item_id,
    line.deposit_class_id as class_id,
    false as is_discount,
    line._file,
    line._file_row,
    line._load_id,
from
    {{ latest_rows(
        source('quickbooks', 'deposit_line'),
        ['deposit_id', 'index'],
        version_by='_fivetran_synced'
    ) }}
        as line
where not {{ is_deleted('line') }}
