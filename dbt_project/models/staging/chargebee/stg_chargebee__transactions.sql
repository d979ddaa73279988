select
    payment.id as transaction_id,
    payment.customer_id,
    payment.type = 'payment' as is_payment,
    case
        when payment.status = 'success' then 'succeeded'
        when payment.status in ('failure', 'late_failure', 'timeout') then 'failed'
        when payment.status = 'voided' then 'canceled'
        else 'pending'
    end as status,
    lower(payment.currency_code) as currency,
    payment.date as created_at,
    payment.linked_invoices,
    payment._file,
    payment._file_row,
    payment._load_id,
from
    {{ latest_rows(source('chargebee', 'transaction'), ['id'], version_by='updated_at') }}
        as payment
