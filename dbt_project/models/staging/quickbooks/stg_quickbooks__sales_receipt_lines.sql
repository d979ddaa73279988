-- Subtotals and descriptions post nothing.
select
    line.sales_receipt_id as document_id,
    line.index as line_number,
    line.amount,
    coalesce(line.sales_item_account_id, line.discount_account_id) as account_id,
    line.sales_item_item_id as item_id,
    coalesce(line.sales_item_class_id, line.discount_class_id) as class_id,
    line.discount_account_id is not null as is_discount,
    line._file,
    line._file_row,
    line._load_id,
from
    {{ latest_rows(
        source('quickbooks', 'sales_receipt_line'),
        ['sales_receipt_id', 'index'],
        version_by='_fivetran_synced'
    ) }}
        as line
where
    not {{ is_deleted('line') }}
    and coalesce(
        line.sales_item_account_id,
        line.sales_item_item_id,
        line.discount_account_id,
        line.bundle_id
    ) is not null
