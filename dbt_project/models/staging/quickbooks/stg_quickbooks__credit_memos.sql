select
    credit_memo.id as document_id,
    credit_memo.transaction_date as occurred_on,
    lower(coalesce(credit_memo.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    credit_memo.exchange_rate,
    credit_memo.total_amount,
    1 as line_side,
    cast(null as varchar) as counter_account_id,
    cast(null as varchar) as rest_account_id,
    credit_memo.class_id,
    credit_memo.department_id,
    cast(null as varchar) as vendor_id,
    credit_memo._file,
    credit_memo._file_row,
    credit_memo._load_id,
from
    {{ latest_rows(source('quickbooks', 'credit_memo'), ['id'], version_by='_fivetran_synced') }}
        as credit_memo
where not {{ is_deleted('credit_memo') }}
