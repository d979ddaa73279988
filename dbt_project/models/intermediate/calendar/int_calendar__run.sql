-- Grain: one row, the day that is being built: equal from build to build of one day, so that
-- what reads it need not be built again.
with runs as (

    select runs.as_of
    from {{ ref('stg_raw_meta__runs') }} as runs
    qualify row_number() over (order by runs.build_number desc) = 1

)

select
    {% if var('as_of', none) -%}
    cast('{{ var("as_of") }}' as date) as as_of,
    {%- else -%}
    runs.as_of,
    {%- endif %}
from runs
