-- Grain: one row per metric.
with

-- A role may be filled by several sources; each that is there must cover.
roles as (

    select
        roles.role,
        -- A source without event times (a spreadsheet) covers whatever it says.
        min(coalesce(coverage.covered_from, cast('0001-01-01' as date))) as covered_from,
        min(coverage.covered_through) as covered_through,
    from {{ ref('source_roles') }} as roles
    inner join {{ ref('stg_raw_meta__coverage') }} as coverage
        on roles.source_name = coverage.source
    group by roles.role

),

required as (

    select
        metrics.metric_id,
        unnest(metrics.required_roles) as role,
    from {{ ref('dim_metrics') }} as metrics

)

select
    required.metric_id,
    max(roles.covered_from) as covered_from,
    min(roles.covered_through) as covered_through,
from required
left join roles
    on required.role = roles.role
group by required.metric_id
having count(roles.covered_through) = count(*)
