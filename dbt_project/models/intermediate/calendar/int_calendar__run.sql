-- Grain: one row, the day that is being built.
{% set given = var('as_of', none) -%}
with newest as (

    select runs.as_of
    from {{ ref('stg_raw_meta__runs') }} as runs
    qualify row_number() over (order by runs.build_number desc) = 1

)

select {{ "cast('" ~ given ~ "' as date)" if given else 'newest.as_of' }} as as_of
from newest
