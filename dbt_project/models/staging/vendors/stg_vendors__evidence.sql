select
    evidence.id as evidence_id,
    evidence.vendor_id,
    evidence.kind,
    evidence.issued_on,
    evidence.expires_on,
    evidence.open_findings as open_finding_count,
    evidence._file,
    evidence._file_row,
    evidence._load_id,
from {{ latest_rows(source('vendors', 'evidence'), ['id'], version_by='updated_at') }} as evidence
where not coalesce(evidence.is_deleted, false)
