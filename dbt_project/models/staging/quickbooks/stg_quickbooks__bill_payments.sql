select
    bill_payment.id as document_id,
    bill_payment.transaction_date as occurred_on,
    lower(coalesce(bill_payment.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    bill_payment.exchange_rate,
    bill_payment.total_amount,
    bill_payment.payable_account_id as account_id,
    coalesce(bill_payment.check_bank_account_id, bill_payment.credit_card_account_id)
        as counter_account_id,
    bill_payment.vendor_id,
    bill_payment._file,
    bill_payment._file_row,
    bill_payment._load_id,
from
    {{ latest_rows(source('quickbooks', 'bill_payment'), ['id'], version_by='_fivetran_synced') }}
        as bill_payment
where not {{ is_deleted('bill_payment') }}
