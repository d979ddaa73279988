-- Grain: one row per planned metric and month: what is planned now, and what was planned first.
with

-- What is agreed after the day through which is computed is not known yet.
versions as (

    select
        plans.metric_id,
        plans.month_start,
        plans.planned,
        plans.agreed_on,
        row_number() over (
            partition by plans.metric_id, plans.month_start
            order by plans.agreed_on asc nulls first
        ) as version_number,
        count(*) over (partition by plans.metric_id, plans.month_start) as version_count,
    from {{ ref('metric_plan') }} as plans
    cross join {{ ref('int_calendar__run') }} as run
    where plans.agreed_on is null or plans.agreed_on <= run.as_of

)

select
    versions.metric_id,
    versions.month_start,
    versions.planned,
    originals.planned as planned_originally,
    versions.agreed_on,
    cast(versions.version_count as integer) as version_count,
from versions
inner join versions as originals
    on
        versions.metric_id = originals.metric_id
        and versions.month_start = originals.month_start
        and originals.version_number = 1
where versions.version_number = versions.version_count
