{#- What incremental models share: they build again what is affected, and nothing else. -#}

{#-
Deletes the affected keys before they are built again; `append` then adds what they hold now,
which may be nothing. dbt's `delete+insert` would leave a key alone that has no rows any more.
With `calendar`, keys that are not in it are deleted too: the day of an earlier run.
-#}
{% macro forget_affected(key, affected, calendar=none) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            {{ key }} in (select affected.{{ key }} from {{ affected }} as affected)
            {% if calendar -%}
            or {{ key }} not in (select calendar.{{ key }} from {{ calendar }} as calendar)
            {%- endif %}
    {%- endif -%}
{%- endmacro %}
