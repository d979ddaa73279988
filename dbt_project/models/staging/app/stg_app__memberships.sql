select
    membership.id as membership_id,
    membership.account_id,
    membership.user_id,
    coalesce(membership.is_paid_seat, true) as is_paid_seat,
    membership.started_at,
    membership.ended_at,
    membership._file,
    membership._file_row,
    membership._load_id,
from {{ latest_rows(source('app', 'membership'), ['id'], version_by='updated_at') }} as membership
