-- Grain: one row per line of a document that books itself, per rest of its total and per its
-- other side.
{#- The account on the other side, where the document does not name it. -#}
{%- set of_lines = {
    'bill': ['bills', 'Accounts Payable'],
    'vendor_credit': ['vendor_credits', 'Accounts Payable'],
    'purchase': ['purchases', ''],
    'invoice': ['invoices', 'Accounts Receivable'],
    'credit_memo': ['credit_memos', 'Accounts Receivable'],
    'sales_receipt': ['sales_receipts', 'UndepositedFunds'],
    'refund_receipt': ['refund_receipts', 'UndepositedFunds'],
    'deposit': ['deposits', ''],
} -%}
{#- Without lines: both sides, by the type of account that each has by default. -#}
{%- set of_two_sides = {
    'payment': ['payments', 'UndepositedFunds', 'Accounts Receivable'],
    'bill_payment': ['bill_payments', 'Accounts Payable', ''],
    'transfer': ['transfers', '', ''],
    'credit_card_payment': ['credit_card_payments', '', ''],
} %}
with

-- A document that names no account for receivables, payables or money in the till takes the
-- one of that kind, in its own currency where there is one.
kinds as (

    select
        unnest([accounts.account_type, accounts.account_sub_type]) as kind,
        accounts.currency,
        accounts.account_id,
    from {{ ref('stg_quickbooks__accounts') }} as accounts
    where accounts.is_active

),

defaults_in_currency as (

    select
        kinds.kind,
        kinds.currency,
        min(kinds.account_id) as account_id,
    from kinds
    group by kinds.kind, kinds.currency

),

defaults_in_any as (

    select
        kinds.kind,
        min(kinds.account_id) as account_id,
    from kinds
    group by kinds.kind

),

-- A part of a product is booked as the product is, where it says nothing itself.
items as (

    select
        items.item_id,
        coalesce(items.income_account_id, parents.income_account_id) as income_account_id,
        coalesce(items.expense_account_id, parents.expense_account_id) as expense_account_id,
    from {{ ref('stg_quickbooks__items') }} as items
    left join {{ ref('stg_quickbooks__items') }} as parents
        on items.parent_item_id = parents.item_id

),

headers as (

    {% for kind, (name, counter_kind) in of_lines.items() -%}
    select
        '{{ kind }}' as kind,
        headers.document_id,
        headers.occurred_on,
        headers.currency,
        headers.exchange_rate,
        headers.total_amount,
        headers.line_side,
        headers.counter_account_id,
        '{{ counter_kind }}' as counter_kind,
        headers.rest_account_id,
        headers.class_id,
        headers.department_id,
        headers.vendor_id,
        headers._file,
        headers._file_row,
    from {{ ref('stg_quickbooks__' ~ name) }} as headers
    union all
    {% endfor -%}
    {% for kind, (name, own_kind, counter_kind) in of_two_sides.items() -%}
    select
        '{{ kind }}' as kind,
        headers.document_id,
        headers.occurred_on,
        headers.currency,
        headers.exchange_rate,
        headers.total_amount,
        1 as line_side,
        headers.counter_account_id,
        '{{ counter_kind }}' as counter_kind,
        null as rest_account_id,
        null as class_id,
        null as department_id,
        headers.vendor_id,
        headers._file,
        headers._file_row,
    from {{ ref('stg_quickbooks__' ~ name) }} as headers
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

lines as (

    {% for kind, (name, _) in of_lines.items() -%}
    select
        '{{ kind }}' as kind,
        lines.document_id,
        lines.line_number,
        lines.amount,
        lines.account_id,
        '{{ "UndepositedFunds" if kind == "deposit" }}' as own_kind,
        lines.item_id,
        lines.class_id,
        lines.is_discount,
        lines._file,
        lines._file_row,
    from {{ ref('stg_quickbooks__' ~ kind ~ '_lines') }} as lines
    union all
    {% endfor -%}
    {% for kind, (name, own_kind, _) in of_two_sides.items() -%}
    select
        '{{ kind }}' as kind,
        headers.document_id,
        0 as line_number,
        headers.total_amount as amount,
        headers.account_id,
        '{{ own_kind }}' as own_kind,
        null as item_id,
        null as class_id,
        false as is_discount,
        headers._file,
        headers._file_row,
    from {{ ref('stg_quickbooks__' ~ name) }} as headers
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

valued as (

    select
        headers.* exclude (exchange_rate),
        -- The document's own rate, else the reference rate: never a foreign amount at 1.
        coalesce(headers.exchange_rate, rates.opening_rate) as exchange_rate,
    from headers
    left join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            headers.currency = rates.currency
            and {{ month_start('headers.occurred_on') }} = rates.month_start
    where headers.occurred_on <= {{ as_of() }}

),

told as (

    select
        valued.kind,
        valued.document_id,
        'line' as side,
        lines.line_number,
        coalesce(
            lines.account_id,
            case
                when valued.kind in ('bill', 'vendor_credit', 'purchase')
                    then items.expense_account_id
                else items.income_account_id
            end
        ) as account_id,
        lines.own_kind as default_kind,
        coalesce(lines.class_id, valued.class_id) as class_id,
        cast(
            valued.line_side
            * case when lines.is_discount then -1 else 1 end
            * lines.amount
            * valued.exchange_rate
            as decimal(38, 4)
        ) as amount,
        lines._file,
        lines._file_row,
    from valued
    inner join lines
        on valued.kind = lines.kind and valued.document_id = lines.document_id
    left join items
        on lines.item_id = items.item_id

),

sums as (

    select
        told.kind,
        told.document_id,
        sum(told.amount) as amount,
    from told
    group by told.kind, told.document_id

),

-- What a document's total has beyond its lines is tax, or cash that was kept back.
rests as (

    select
        valued.kind,
        valued.document_id,
        'rest' as side,
        null as line_number,
        valued.rest_account_id as account_id,
        '' as default_kind,
        valued.class_id,
        cast(valued.line_side * valued.total_amount * valued.exchange_rate as decimal(38, 4))
        - coalesce(sums.amount, 0) as amount,
        valued._file,
        valued._file_row,
    from valued
    left join sums
        on valued.kind = sums.kind and valued.document_id = sums.document_id
    where valued.total_amount is not null

),

debits_and_credits as (

    select told.*
    from told

    union all

    select rests.*
    from rests
    where rests.amount != 0

),

counters as (

    select
        valued.kind,
        valued.document_id,
        'counter' as side,
        null as line_number,
        valued.counter_account_id as account_id,
        valued.counter_kind as default_kind,
        valued.class_id,
        -sum(debits_and_credits.amount) as amount,
        valued._file,
        valued._file_row,
    from valued
    inner join debits_and_credits
        on
            valued.kind = debits_and_credits.kind
            and valued.document_id = debits_and_credits.document_id
    group by all

)

select
    valued.kind || '/' || valued.document_id as journal_entry_id,
    valued.kind,
    valued.document_id,
    posted.side,
    posted.line_number,
    valued.occurred_on,
    coalesce(
        posted.account_id, defaults_in_currency.account_id, defaults_in_any.account_id
    ) as account_id,
    posted.class_id,
    valued.department_id,
    valued.vendor_id,
    posted.amount,
    posted._file,
    posted._file_row,
from (
    select debits_and_credits.*
    from debits_and_credits

    union all

    select counters.*
    from counters
) as posted
inner join valued
    on posted.kind = valued.kind and posted.document_id = valued.document_id
left join defaults_in_currency
    on
        posted.default_kind = defaults_in_currency.kind
        and valued.currency = defaults_in_currency.currency
left join defaults_in_any
    on posted.default_kind = defaults_in_any.kind
