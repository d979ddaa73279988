-- Grain: one row per line of a document that is deleted or has not been delivered, in the
-- currency that nobody knows.
{%- set of_lines = {
    'bill': ['bills', 1],
    'vendor_credit': ['vendor_credits', -1],
    'purchase': ['purchases', 1],
    'invoice': ['invoices', -1],
    'credit_memo': ['credit_memos', 1],
    'sales_receipt': ['sales_receipts', -1],
    'refund_receipt': ['refund_receipts', 1],
    'deposit': ['deposits', -1],
} %}
with

lines as (

    {% for kind, (name, side) in of_lines.items() -%}
    select
        '{{ kind }}/' || lines.document_id as journal_entry_id,
        lines.line_number,
        {{ side }} * case when lines.is_discount then -1 else 1 end * lines.amount as amount,
        lines._file,
        lines._file_row,
    from {{ ref('stg_quickbooks__' ~ kind ~ '_lines') }} as lines
    anti join {{ ref('stg_quickbooks__' ~ name) }} as headers
        on lines.document_id = headers.document_id
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select lines.*
from lines
