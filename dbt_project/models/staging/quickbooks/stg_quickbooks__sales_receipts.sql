select
    sales_receipt.id as document_id,
    sales_receipt.transaction_date as occurred_on,
    lower(coalesce(sales_receipt.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    sales_receipt.exchange_rate,
    sales_receipt.total_amount,
    -1 as line_side,
    sales_receipt.deposit_to_account_id as counter_account_id,
    cast(null as varchar) as rest_account_id,
    sales_receipt.class_id,
    sales_receipt.department_id,
    cast(null as varchar) as vendor_id,
    sales_receipt._file,
    sales_receipt._file_row,
    sales_receipt._load_id,
from
    {{ latest_rows(source('quickbooks', 'sales_receipt'), ['id'], version_by='_fivetran_synced') }}
        as sales_receipt
where not {{ is_deleted('sales_receipt') }}
