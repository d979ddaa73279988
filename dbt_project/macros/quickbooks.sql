{#- Lines of QuickBooks' documents, which come in one shape for every kind of a side. -#}

{#- What was sold on a document of a kind; subtotals and descriptions post nothing. -#}
{% macro quickbooks_sales_lines(object, key) -%}
select
    line.{{ key }} as document_id,
    line.index as line_number,
    line.amount,
    coalesce(line.sales_item_account_id, line.discount_account_id) as account_id,
    line.sales_item_item_id as item_id,
    coalesce(line.sales_item_class_id, line.discount_class_id) as class_id,
    line.discount_account_id is not null as is_discount,
    line._file,
    line._file_row,
    line._load_id,
from
    {{ latest_rows(
        source('quickbooks', object ~ '_line'),
        [key, 'index'],
        version_by='_fivetran_synced'
    ) }}
        as line
where
    not {{ is_deleted('line') }}
    and coalesce(
        line.sales_item_account_id,
        line.sales_item_item_id,
        line.discount_account_id,
        line.bundle_id
    ) is not null
{%- endmacro %}

{#- What was bought on a document of a kind: on an account of its own, or as an item. -#}
{% macro quickbooks_expense_lines(object, key) -%}
select
    line.{{ key }} as document_id,
    line.index as line_number,
    line.amount,
    line.account_expense_account_id as account_id,
    line.item_expense_item_id as item_id,
    coalesce(line.account_expense_class_id, line.item_expense_class_id) as class_id,
    false as is_discount,
    line._file,
    line._file_row,
    line._load_id,
from
    {{ latest_rows(
        source('quickbooks', object ~ '_line'),
        [key, 'index'],
        version_by='_fivetran_synced'
    ) }}
        as line
where not {{ is_deleted('line') }}
{%- endmacro %}
