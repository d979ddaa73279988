{#- Spellings of amounts that more than one model needs. -#}

{#- Months in an interval of `count` units: 1 month, 12 per year, 12/52 per week. -#}
{% macro months_in_interval(unit, count) -%}
    (
        case {{ unit }}
            when 'year' then 12.0
            when 'month' then 1.0
            when 'week' then 12.0 / 52.0
            when 'day' then 12.0 / 365.0
        end * coalesce({{ count }}, 1)
    )
{%- endmacro %}

{#- Debits are positive in a ledger; of a posting's amount revenue and cost both are. -#}
{% macro revenue_as_positive(postings) -%}
    case when {{ postings }}.statement = 'revenue' then -1 else 1 end * {{ postings }}.amount
{%- endmacro %}

{#- An amount of MRR: four decimals, so that sums are exact. -#}
{% macro as_mrr(expression) -%}
    cast({{ expression }} as decimal(38, 4))
{%- endmacro %}

{#- The rate at which a balance stands: its month's last, inside the month its first. -#}
{% macro balance_rate(is_month_end, rates='rates') -%}
    case when {{ is_month_end }} then {{ rates }}.closing_rate else {{ rates }}.opening_rate end
{%- endmacro %}

{#-
A number that is summed: fifteen decimals, so that any order of rows and any number of threads
gives the same sum. Of doubles the last bits are a matter of order.
-#}
{% macro as_exact(expression) -%}
    cast({{ expression }} as decimal(38, 15))
{%- endmacro %}

{#-
The sum of doubles whatever their order; `suffix` is a filter or a window. A double again,
because products of so wide decimals overflow.
-#}
{% macro exact_sum(expression, suffix='') -%}
    cast(sum({{ as_exact(expression) }}) {{ suffix }} as double)
{%- endmacro %}

{#-
The product of a column over its group; no standard aggregate has it. `ordered_by` makes its
last bits the same in every build; a window has an order already.
-#}
{% macro product_of(expression, ordered_by=none) -%}
    product({{ expression }}{% if ordered_by %} order by {{ ordered_by }}{% endif %})
{%- endmacro %}
