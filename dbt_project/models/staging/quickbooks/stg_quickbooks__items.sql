select
    item.id as item_id,
    item.parent_item_id,
    item.income_account_id,
    case
        when item.track_quantity_on_hand
            then coalesce(item.asset_account_id, item.expense_account_id)
        else item.expense_account_id
    end as expense_account_id,
    item._file,
    item._file_row,
    item._load_id,
from
    {{ latest_rows(source('quickbooks', 'item'), ['id'], version_by='_fivetran_synced') }}
        as item
