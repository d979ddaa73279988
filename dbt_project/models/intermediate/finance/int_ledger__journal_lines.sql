-- Grain: one row per line of a journal, in the home currency.
select
    lines.journal_entry_id,
    lines.line_number,
    entries.occurred_on,
    lines.account_id,
    lines.class_id,
    lines.department_id,
    lines.vendor_id,
    -- The ledger's own rate, else the reference rate: a foreign amount is never taken at 1.
    cast(
        lines.amount * coalesce(entries.exchange_rate, rates.opening_rate) as decimal(38, 4)
    ) as amount,
    lines._file,
    lines._file_row,
from {{ ref('stg_quickbooks__journal_lines') }} as lines
inner join {{ ref('stg_quickbooks__journal_entries') }} as entries
    on lines.journal_entry_id = entries.journal_entry_id
left join {{ ref('int_currencies__monthly_rates') }} as rates
    on
        entries.currency = rates.currency
        and {{ month_start('entries.occurred_on') }} = rates.month_start
where entries.occurred_on <= {{ as_of() }}
