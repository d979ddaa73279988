select
    purchase.id as document_id,
    purchase.transaction_date as occurred_on,
    lower(coalesce(purchase.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    purchase.exchange_rate,
    purchase.total_amount,
    case when purchase.credit then -1 else 1 end as line_side,
    purchase.account_id as counter_account_id,
    cast(null as varchar) as rest_account_id,
    cast(null as varchar) as class_id,
    purchase.department_id,
    purchase.vendor_id,
    purchase._file,
    purchase._file_row,
    purchase._load_id,
from
    {{ latest_rows(source('quickbooks', 'purchase'), ['id'], version_by='_fivetran_synced') }}
        as purchase
where not {{ is_deleted('purchase') }}
