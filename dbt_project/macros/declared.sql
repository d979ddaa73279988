{#- What sources declare in their YAML, in place of their names in models. -#}

{#-
What `orchestration/landing/declared.py` tells of all sources under a name: a list. Whoever starts
dbt through the pipeline or as `drivewheel-dbt` brings it; a project that is only parsed does
without.
-#}
{% macro declared(what) -%}
    {%- set told = env_var('DRIVEWHEEL_SOURCES', '') -%}
    {%- if execute and not told -%}
        {{ exceptions.raise_compiler_error(
            "dbt does not know what sources declare when it is started by hand: start it as "
            ~ "`drivewheel-dbt`"
        ) }}
    {%- endif -%}
    {{ return(fromjson(told)[what] if told else []) }}
{%- endmacro %}

{#-
Rows of a role of all billing sources, with these columns; the first is the id. Of an id that
several models of a source have, the first of them says what it is.
-#}
{% macro billing_rows(role, columns) -%}
    {% for told in declared(role) -%}
    select
        '{{ told.source }}' as source_name,
        {% for column in columns -%}
        told.{{ column }},
        {% endfor -%}
    from {{ ref(told.model) }} as told
    {% for model in told.earlier -%}
    {{ 'where' if loop.first else 'and' }} told.{{ columns[0] }} not in (
        select earlier.{{ columns[0] }} from {{ ref(model) }} as earlier
    )
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}

{#- Whether a source sends invoices, against which MRR can be held. -#}
{% macro is_invoiced(source_name) -%}
    {{ source_name }} in ('{{ declared('invoiced_sources') | join("', '") }}')
{%- endmacro %}

{#- Events of a staging model by the column that finds their key, counted load by load. -#}
{% macro events_counted(traced) -%}
    (
        select
            counts.counted_value as {{ traced.counted_by }},
            counts.happened_on,
            counts._file,
            counts._load_id,
            counts.row_count,
        from {{ ref('int_lineage__event_counts') }} as counts
        where
            counts.model_name = '{{ traced.model }}'
            and counts.counted_by = '{{ traced.counted_by }}'
            and counts.counted_per = '{{ traced.count }}'
    )
{%- endmacro %}
