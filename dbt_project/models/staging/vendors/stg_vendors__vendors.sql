select
    vendor.id as vendor_id,
    vendor.name as vendor,
    vendor.category,
    -- Of whom nobody has said how critical it is, it is taken to be in the middle.
    {{ at_most(at_least('coalesce(vendor.criticality, 3)', 1), 5) }} as criticality,
    vendor.annual_spend,
    vendor.started_on,
    vendor.ended_on,
    vendor._file,
    vendor._file_row,
    vendor._load_id,
from {{ latest_rows(source('vendors', 'vendor'), ['id'], version_by='updated_at') }} as vendor
where not coalesce(vendor.is_deleted, false)
