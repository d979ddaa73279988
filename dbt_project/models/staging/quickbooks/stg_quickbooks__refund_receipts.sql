select
    refund_receipt.id as document_id,
    refund_receipt.transaction_date as occurred_on,
    lower(coalesce(refund_receipt.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    refund_receipt.exchange_rate,
    refund_receipt.total_amount,
    1 as line_side,
    refund_receipt.deposit_to_account_id as counter_account_id,
    cast(null as varchar) as rest_account_id,
    refund_receipt.class_id,
    refund_receipt.department_id,
    cast(null as varchar) as vendor_id,
    refund_receipt._file,
    refund_receipt._file_row,
    refund_receipt._load_id,
from
    {{ latest_rows(
        source('quickbooks', 'refund_receipt'),
        ['id'],
        version_by='_fivetran_synced'
    ) }}
        as refund_receipt
where not {{ is_deleted('refund_receipt') }}
