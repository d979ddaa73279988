with

{% set invoice = '[{"invoice_id": "VARCHAR", "applied_amount": "BIGINT"}]' -%}

linked as (

    select
        transactions.*,
        unnest(json_transform(transactions.linked_invoices, '{{ invoice }}')) as invoice,
    from {{ ref('stg_chargebee__transactions') }} as transactions
    where transactions.is_payment

)

select
    linked.transaction_id || '/' || linked.invoice.invoice_id as charge_id,
    linked.customer_id,
    linked.invoice.invoice_id,
    linked.status,
    linked.invoice.applied_amount as amount_minor,
    linked.currency,
    linked.created_at,
    linked._file,
    linked._file_row,
    linked._load_id,
from linked
