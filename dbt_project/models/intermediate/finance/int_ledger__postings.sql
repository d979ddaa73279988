-- Grain: one row per line of a journal, and per line, rest and other side of a document that no
-- journal repeats, in the home currency.
with

lines as (

    select
        journals.journal_entry_id,
        'line' as side,
        journals.line_number,
        journals.occurred_on,
        journals.account_id,
        journals.class_id,
        journals.department_id,
        journals.vendor_id,
        journals.amount,
        journals._file,
        journals._file_row,
    from {{ ref('int_ledger__journal_lines') }} as journals

    union all

    select
        documents.journal_entry_id,
        documents.side,
        documents.line_number,
        documents.occurred_on,
        documents.account_id,
        documents.class_id,
        documents.department_id,
        documents.vendor_id,
        documents.amount,
        documents._file,
        documents._file_row,
    from {{ ref('int_ledger__document_lines') }} as documents
    anti join {{ ref('int_ledger__repeated_documents') }} as repeated
        on documents.journal_entry_id = repeated.journal_entry_id

)

select
    lines.journal_entry_id,
    lines.side,
    lines.line_number,
    lines.occurred_on,
    {{ month_start('lines.occurred_on') }} as month_start,
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
    lines.amount,
    -- Whether the entry moves cash that is free to spend, so that the other lines say why.
    bool_or(coalesce(accounts.statement = 'cash', false))
        over (partition by lines.journal_entry_id) as is_cash_entry,
    lines._file,
    lines._file_row,
from lines
left join {{ ref('int_ledger__accounts') }} as accounts
    on lines.account_id = accounts.account_id
left join {{ ref('stg_quickbooks__classes') }} as classes
    on lines.class_id = classes.class_id
left join {{ ref('stg_quickbooks__departments') }} as departments
    on lines.department_id = departments.department_id
left join {{ ref('department_map') }} as functions
    on lower(departments.department_name) = lower(functions.department)
