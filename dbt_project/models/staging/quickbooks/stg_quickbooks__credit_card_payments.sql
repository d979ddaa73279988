select
    paid_off.id as document_id,
    paid_off.transaction_date as occurred_on,
    lower(coalesce(paid_off.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    paid_off.exchange_rate,
    paid_off.amount as total_amount,
    paid_off.credit_card_account_id as account_id,
    paid_off.bank_account_id as counter_account_id,
    cast(null as varchar) as vendor_id,
    paid_off._file,
    paid_off._file_row,
    paid_off._load_id,
from
    {{ latest_rows(
        source('quickbooks', 'credit_card_payment_txn'),
        ['id'],
        version_by='_fivetran_synced'
    ) }}
        as paid_off
where not {{ is_deleted('paid_off') }}
