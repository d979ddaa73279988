select
    bill.id as document_id,
    bill.transaction_date as occurred_on,
    lower(coalesce(bill.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    bill.exchange_rate,
    bill.total_amount,
    1 as line_side,
    bill.payable_account_id as counter_account_id,
    cast(null as varchar) as rest_account_id,
    cast(null as varchar) as class_id,
    bill.department_id,
    bill.vendor_id,
    bill._file,
    bill._file_row,
    bill._load_id,
from
    {{ latest_rows(source('quickbooks', 'bill'), ['id'], version_by='_fivetran_synced') }}
        as bill
where not {{ is_deleted('bill') }}
