select
    vendor_credit.id as document_id,
    vendor_credit.transaction_date as occurred_on,
    lower(coalesce(vendor_credit.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    vendor_credit.exchange_rate,
    vendor_credit.total_amount,
    -1 as line_side,
    vendor_credit.payable_account_id as counter_account_id,
    cast(null as varchar) as rest_account_id,
    cast(null as varchar) as class_id,
    vendor_credit.department_id,
    vendor_credit.vendor_id,
    vendor_credit._file,
    vendor_credit._file_row,
    vendor_credit._load_id,
from
    {{ latest_rows(source('quickbooks', 'vendor_credit'), ['id'], version_by='_fivetran_synced') }}
        as vendor_credit
where not {{ is_deleted('vendor_credit') }}
