select
    issue_label.issue_id,
    issue_label.label_id,
    issue_label._file,
    issue_label._file_row,
    issue_label._load_id,
from
    {{ latest_rows(
        source('github', 'issue_label'),
        ['issue_id', 'label_id'],
        version_by='_fivetran_synced'
    ) }}
        as issue_label
where not {{ is_deleted('issue_label') }}
