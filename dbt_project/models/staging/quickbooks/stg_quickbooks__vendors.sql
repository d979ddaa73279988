select
    vendor.id as vendor_id,
    vendor.display_name as vendor_name,
    vendor._file,
    vendor._file_row,
    vendor._load_id,
from
    {{ latest_rows(source('quickbooks', 'vendor'), ['id'], version_by='_fivetran_synced') }}
        as vendor
