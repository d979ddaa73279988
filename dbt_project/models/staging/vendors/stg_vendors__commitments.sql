select
    commitment.id as commitment_id,
    commitment.vendor_id,
    commitment.kind,
    commitment.due_on,
    commitment.is_met,
    commitment._file,
    commitment._file_row,
    commitment._load_id,
from
    {{ latest_rows(
        source('vendors', 'commitment'),
        ['id'],
        version_by='updated_at'
    ) }}
        as commitment
where not coalesce(commitment.is_deleted, false)
