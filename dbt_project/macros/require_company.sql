{#-
dbt that is started by hand knows no company's folder, and would build with the shipped tables a
home that was built with the company's own. `drivewheel-dbt` knows it.
-#}
{% macro require_company() -%}
    {%- if
        execute and target.name == 'warehouse' and env_var('DRIVEWHEEL_SEEDS', '') == ''
        and flags.WHICH in ('build', 'run', 'seed')
    -%}
        {%- set known = run_query(
            "select count(*) from duckdb_columns() where schema_name = 'raw_meta' "
            ~ "and table_name = 'runs' and column_name = 'company'"
        ) -%}
        {%- if known.columns[0].values()[0] -%}
            {%- set companies = run_query(
                "select company from raw_meta.runs order by build_number desc limit 1"
            ) -%}
            {%- set company = companies.rows[0][0] if companies.rows else none -%}
            {%- if company -%}
                {{ exceptions.raise_compiler_error(
                    "this home was built with " ~ company ~ ", which dbt does not know when it "
                    ~ "is started by hand: start it as `drivewheel-dbt " ~ flags.WHICH ~ "`"
                ) }}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
