select
    transfer.id as document_id,
    transfer.transaction_date as occurred_on,
    lower(coalesce(transfer.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    transfer.exchange_rate,
    transfer.amount as total_amount,
    transfer.to_account_id as account_id,
    transfer.from_account_id as counter_account_id,
    cast(null as varchar) as vendor_id,
    transfer._file,
    transfer._file_row,
    transfer._load_id,
from
    {{ latest_rows(source('quickbooks', 'transfer'), ['id'], version_by='_fivetran_synced') }}
        as transfer
where not {{ is_deleted('transfer') }}
