-- Grain: one row per metric about whose total something is open.
with

doing as (

    select
        interventions.metric_id,
        count(*) as intervention_count,
        min_by(
            interventions.step || ' (' || replace(interventions.owner_role, '_', ' ') || ', due '
            || interventions.due_on || ', ' || interventions.state || ')',
            struct_pack(due_on := interventions.due_on, id := interventions.intervention_id)
        ) as first_step,
    from {{ ref('open_interventions') }} as interventions
    where interventions.customer_id is null and interventions.dimension = 'total'
    group by interventions.metric_id

)

select
    doing.metric_id,
    cast(doing.intervention_count as integer) as intervention_count,
    'Being done: ' || doing.first_step
    || case
        when doing.intervention_count > 1
            then ' and ' || (doing.intervention_count - 1) || ' more'
        else ''
    end
    || '.' as what_is_done,
from doing
