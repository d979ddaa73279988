-- Subtotals and descriptions post nothing.
select
    line.invoice_id as document_id,
    line.index as line_number,
    line.amount,
    coalesce(line.account_id, line.sales_item_account_id, line.discount_account_id) as account_id,
    coalesce(line.sales_item_item_id, line.item_id) as item_id,
    coalesce(line.sales_item_class_id, line.discount_class_id) as class_id,
    coalesce(
        line.detail_type = 'DiscountLineDetail', line.discount_account_id is not null
    ) as is_discount,
    line._file,
    line._file_row,
    line._load_id,
from
    {{ latest_rows(
        source('quickbooks', 'invoice_line'),
        ['invoice_id', 'index'],
        version_by='_fivetran_synced'
    ) }}
        as line
where
    not {{ is_deleted('line') }}
    and coalesce(
        line.account_id,
        line.sales_item_account_id,
        line.sales_item_item_id,
        line.item_id,
        line.discount_account_id,
        line.bundle_id,
        line.detail_type
    ) is not null
    and line.detail_type is distinct from 'SubTotalLineDetail'
