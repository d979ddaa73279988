-- Grain: one row per journal line, in the home currency; debits are positive.
with

entries as (

    select
        entries.journal_entry_id,
        entries.occurred_on,
        -- The ledger's own rate, else the reference rate: a foreign amount is never taken at 1.
        coalesce(entries.exchange_rate, rates.opening_rate) as exchange_rate,
    from {{ ref('stg_quickbooks__journal_entries') }} as entries
    left join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            entries.currency = rates.currency
            and {{ month_start('entries.occurred_on') }} = rates.month_start
    where entries.occurred_on <= {{ as_of() }}

)

select
    lines.journal_entry_id,
    lines.line_number,
    entries.occurred_on,
    {{ month_start('entries.occurred_on') }} as month_start,
    lines.account_id,
    -- A line whose account nobody exported is kept and named among the unmatched.
    coalesce(accounts.category, 'balance_sheet') as category,
    coalesce(accounts.statement, 'balance_sheet') as statement,
    accounts.cost_group,
    coalesce(accounts.is_variable, false) as is_variable,
    coalesce(accounts.is_mapped, false) as is_mapped,
    coalesce(classes.class_name, 'unknown') as class_name,
    coalesce(functions.function, 'unknown') as function,
    lines.vendor_id,
    cast(lines.amount * entries.exchange_rate as decimal(38, 4)) as amount,
    -- Whether the entry moves cash that is free to spend, so that the other lines say why.
    bool_or(coalesce(accounts.statement = 'cash', false))
        over (partition by lines.journal_entry_id) as is_cash_entry,
    lines._file,
    lines._file_row,
from {{ ref('stg_quickbooks__journal_lines') }} as lines
inner join entries
    on lines.journal_entry_id = entries.journal_entry_id
left join {{ ref('int_ledger__accounts') }} as accounts
    on lines.account_id = accounts.account_id
left join {{ ref('stg_quickbooks__classes') }} as classes
    on lines.class_id = classes.class_id
left join {{ ref('stg_quickbooks__departments') }} as departments
    on lines.department_id = departments.department_id
left join {{ ref('department_map') }} as functions
    on lower(departments.department_name) = lower(functions.department)
