select
    payment.id as document_id,
    payment.transaction_date as occurred_on,
    lower(coalesce(payment.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    payment.exchange_rate,
    payment.total_amount,
    payment.deposit_to_account_id as account_id,
    payment.receivable_account_id as counter_account_id,
    cast(null as varchar) as vendor_id,
    payment._file,
    payment._file_row,
    payment._load_id,
from
    {{ latest_rows(source('quickbooks', 'payment'), ['id'], version_by='_fivetran_synced') }}
        as payment
where not {{ is_deleted('payment') }}
