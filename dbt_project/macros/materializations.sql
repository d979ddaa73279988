{#-
Tables and views built in their place, in one transaction that a reader sees whole. The
adapter builds beside it, renames twice and drops, each a statement with a macro of its own:
a fifth of dbt's time on a small company. DuckDB's changes of the catalogue are transactional,
so a build that is killed leaves what was there.
-#}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if model['language'] == 'python' -%}
        {#- Written by a cursor of its own, which does not see an open transaction. -#}
        {%- set beside = make_intermediate_relation(target) -%}
        {% call statement('beside') -%} drop table if exists {{ beside }} {%- endcall %}
        {% do adapter.commit() %}
        {% call statement('main', language='python') -%}
            {{ create_table_as(False, beside, compiled_code, 'python') }}
        {%- endcall %}
        {% call statement('in_place') -%}
            {{ drop_existing(existing) }}
            alter table {{ beside }} rename to {{ adapter.quote(target.identifier) }};
        {%- endcall %}
    {%- else -%}
        {%- set is_contracted = config.get('contract').enforced -%}
        {% call statement('main', fetch_result=true) -%}
            {{ drop_existing(existing) }}
            {% if is_contracted -%}
                create table {{ target }} as (
                    {{ compiled_code }}
                );
            {%- else -%}
                {{ create_table_as(False, target, compiled_code, 'sql') }}
            {%- endif %}
        {%- endcall %}
        {%- if is_contracted and not is_as_declared(target) -%}
            {% call statement('main', fetch_result=true) -%}
                drop table {{ target }};
                {{ create_table_as(False, target, compiled_code, 'sql') }}
            {%- endcall %}
        {%- endif %}
        {#- DuckDB answers with the count of rows; said as dbt says it, it reaches Dagster. -#}
        {%- if execute -%}
            {%- set count = load_result('main')['data'][0][0] | int -%}
            {% do store_raw_result(
                'main', message=count ~ ' rows', code=none, rows_affected=count
            ) %}
        {%- endif -%}
    {%- endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target, model) %}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{% materialization view, adapter='duckdb' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ drop_existing(existing) }}
        {{ get_create_view_as_sql(target, sql) }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target, model) %}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{#- What has the name now, whichever kind it is. -#}
{% macro drop_existing(existing) -%}
    {%- if existing is not none -%}
        drop {{ 'view' if existing.is_view else 'table' }} if exists {{ existing }};
    {%- endif %}
{%- endmacro %}

{#-
Whether a table that was made of a query has the columns that its contract declares, in their
order and word by word. dbt describes the query and the contract before it makes the table, a
twentieth of a small build; here it is asked only where a word differs, and refuses or not.
-#}
{% macro is_as_declared(relation) -%}
    {%- set declared = [] -%}
    {%- for column in model['columns'].values() -%}
        {%- do declared.append(
            column['name'] ~ ' ' ~ (column['data_type'] or '') | replace(' ', '')
        ) -%}
        {%- if column['constraints'] -%} {{ return(false) }} {%- endif -%}
    {%- endfor -%}
    {%- set made = [] -%}
    {%- for column in adapter.get_column_schema_from_query('from ' ~ relation) -%}
        {%- do made.append(column.name ~ ' ' ~ column.dtype | lower) -%}
    {%- endfor -%}
    {{ return(made == declared and not model['constraints']) }}
{%- endmacro %}
