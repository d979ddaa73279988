-- Grain: one row per experiment and metric that it is to be read by.
with

listed as (

    select
        experiments.experiment_id,
        experiments.metric_id,
        'primary' as metric_role,
        1 as place,
    from {{ ref('stg_governance__experiments') }} as experiments

    union all

    select
        experiments.experiment_id,
        unnest(experiments.secondary_metric_ids) as metric_id,
        'secondary' as metric_role,
        2 as place,
    from {{ ref('stg_governance__experiments') }} as experiments

    union all

    select
        experiments.experiment_id,
        unnest(experiments.guardrail_metric_ids) as metric_id,
        'guardrail' as metric_role,
        3 as place,
    from {{ ref('stg_governance__experiments') }} as experiments

)

select
    listed.experiment_id,
    listed.metric_id,
    min_by(listed.metric_role, (listed.place, listed.metric_role)) as metric_role,
from listed
group by listed.experiment_id, listed.metric_id
