select
    credit_note.id as refund_id,
    credit_note.customer_id,
    case
        when credit_note.status = 'voided' or coalesce(credit_note.deleted, false) then 'canceled'
        else 'succeeded'
    end as status,
    credit_note.total as amount_minor,
    lower(credit_note.currency_code) as currency,
    credit_note.date as created_at,
    credit_note._file,
    credit_note._file_row,
    credit_note._load_id,
from
    {{ latest_rows(source('chargebee', 'credit_note'), ['id'], version_by='updated_at') }}
        as credit_note
