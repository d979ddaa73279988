select
    deposit.id as document_id,
    deposit.transaction_date as occurred_on,
    lower(coalesce(deposit.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    deposit.exchange_rate,
    deposit.total_amount,
    -1 as line_side,
    deposit.account_id as counter_account_id,
    deposit.cash_back_account_id as rest_account_id,
    cast(null as varchar) as class_id,
    deposit.department_id,
    cast(null as varchar) as vendor_id,
    deposit._file,
    deposit._file_row,
    deposit._load_id,
from
    {{ latest_rows(source('quickbooks', 'deposit'), ['id'], version_by='_fivetran_synced') }}
        as deposit
where not {{ is_deleted('deposit') }}
