select
    refund.id as refund_id,
    refund.charge_id,
    refund.status,
    refund.amount as amount_minor,
    lower(refund.currency) as currency,
    refund.created as created_at,
    refund._file,
    refund._file_row,
    refund._load_id,
from {{ latest_rows(source('stripe', 'refund'), ['id'], version_by='_fivetran_synced') }} as refund
