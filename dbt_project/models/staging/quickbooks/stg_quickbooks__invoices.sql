select
    invoice.id as document_id,
    invoice.transaction_date as occurred_on,
    lower(coalesce(invoice.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    invoice.exchange_rate,
    invoice.total_amount,
    -1 as line_side,
    cast(null as varchar) as counter_account_id,
    cast(null as varchar) as rest_account_id,
    invoice.class_id,
    invoice.department_id,
    cast(null as varchar) as vendor_id,
    invoice._file,
    invoice._file_row,
    invoice._load_id,
from
    {{ latest_rows(source('quickbooks', 'invoice'), ['id'], version_by='_fivetran_synced') }}
        as invoice
where not {{ is_deleted('invoice') }}
