select
    product.id as product_id,
    product.name as product_name,
    product.type as product_type,
    product.active as is_active,
    product._file,
    product._file_row,
    product._load_id,
from
    {{ latest_rows(source('stripe', 'product'), ['id'], version_by='_fivetran_synced') }} as product
