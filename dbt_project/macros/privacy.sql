{#-
A person or a name as a keyed hash: the same everywhere in one home, not to be guessed
without its key. null stays null.
-#}
{% macro keyed_hash(expression) -%}
    {{ dbt.hash(
        "(select settings.hash_key from " ~ ref('stg_raw_meta__settings') ~ " as settings)"
        ~ " || cast(" ~ expression ~ " as varchar)"
    ) }}
{%- endmacro %}
