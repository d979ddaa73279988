-- Grain: one row, the run that is being built.
with runs as (

    select
        runs.build_id,
        runs.as_of,
    from {{ ref('stg_raw_meta__runs') }} as runs
    qualify row_number() over (order by runs.build_number desc) = 1

)

select
    runs.build_id,
    {% if var('as_of', none) -%}
    cast('{{ var("as_of") }}' as date) as as_of,
    {%- else -%}
    runs.as_of,
    {%- endif %}
from runs
