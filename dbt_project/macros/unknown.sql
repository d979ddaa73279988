{#-
What is not known stays unknown. DuckDB's `greatest` and `least` pass over what is missing, so
that a bound on a missing value is the bound itself: a lead time of 0 h, a churn of 100 %.
-#}

{#- `value`, or `floor` where it is smaller; unknown where the value is. -#}
{% macro at_least(value, floor) -%}
    case when {{ value }} <= {{ floor }} then {{ floor }} else {{ value }} end
{%- endmacro %}

{#- `value`, or `ceiling` where it is larger; unknown where the value is. -#}
{% macro at_most(value, ceiling) -%}
    case when {{ value }} >= {{ ceiling }} then {{ ceiling }} else {{ value }} end
{%- endmacro %}

{#- The share of a way, 0 to 1; unknown where the value is. -#}
{% macro within_one(value) -%}
    case when {{ value }} <= 0 then 0 when {{ value }} >= 1 then 1 else {{ value }} end
{%- endmacro %}

{#- Of several moments the first that is known: what is missing has not happened. -#}
{% macro first_known(moments) -%}
    least({{ moments | join(', ') }})
{%- endmacro %}
