select
    assignment.experiment_id,
    assignment.account_id,
    assignment.arm,
    assignment.assigned_at,
    assignment._file,
    assignment._file_row,
    assignment._load_id,
from
    {{ latest_rows(
        source('governance', 'experiment_assignment'), ['experiment_id', 'account_id']
    ) }}
        as assignment
