-- Grain: one row per snapshot day whose trailing windows hold an affected day, that the last
-- build to its end did not have, or that is the run's.
with

latest as (

    select
        snapshots.snapshot_on,
        snapshots.snapshot_on = run.as_of or built.snapshot_on is null as is_new,
    from {{ ref('int_calendar__snapshots') }} as snapshots
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('stg_raw_meta__built_snapshots') }} as built
        on snapshots.snapshot_on = built.snapshot_on

)

select distinct latest.snapshot_on,
from latest
left join {{ ref('int_product__affected_days') }} as affected
    on
        latest.snapshot_on >= affected.occurred_on
        and affected.occurred_on > {{ dbt.dateadd('day', -60, 'latest.snapshot_on') }}
where affected.occurred_on is not null or latest.is_new
