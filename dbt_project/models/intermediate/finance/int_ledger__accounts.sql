-- Grain: one row per account of the ledger, with what it is part of.
with

mapped as (

    select
        accounts.account_id,
        accounts.account_number,
        accounts.account_name,
        accounts.account_type,
        numbers.category is not null as is_mapped,
        coalesce(numbers.category, types.category, 'balance_sheet') as category,
    from {{ ref('stg_quickbooks__accounts') }} as accounts
    left join {{ ref('ledger_account_map') }} as numbers
        on accounts.account_number = numbers.account_number
    left join {{ ref('ledger_account_map') }} as types
        on numbers.category is null and accounts.account_type = types.account_type

)

select
    mapped.*,
    categories.statement,
    categories.cost_group,
    categories.is_variable,
from mapped
left join {{ ref('ledger_categories') }} as categories
    on mapped.category = categories.category
