select
    item_price.id as item_price_id,
    item_price.item_id as product_id,
    item_price._file,
    item_price._file_row,
    item_price._load_id,
from
    {{ latest_rows(source('chargebee', 'item_price'), ['id'], version_by='updated_at') }}
        as item_price
