-- Grain: one row per metric about whose total something is open.
with

-- Somebody is at what was acknowledged; what is late and was not is not being done.
open_steps as (

    select
        interventions.metric_id,
        interventions.intervention_id,
        interventions.due_on,
        case
            when interventions.state = 'overdue' then 3
            when interventions.state = 'acknowledged' then 1
            else 2
        end as place,
        interventions.step || ' (' || replace(interventions.owner_role, '_', ' ')
        || case when interventions.state = 'overdue' then ', since ' else ', due ' end
        || interventions.due_on || ')' as named,
    from {{ ref('open_interventions') }} as interventions
    where interventions.customer_id is null and interventions.dimension = 'total'

),

told as (

    select
        open_steps.metric_id,
        open_steps.place,
        count(*) as step_count,
        case open_steps.place
            when 1 then 'Being done: ' when 2 then 'To be done: ' else 'Overdue: '
        end
        || min_by(
            open_steps.named,
            struct_pack(due_on := open_steps.due_on, id := open_steps.intervention_id)
        )
        || case when count(*) > 1 then ' and ' || (count(*) - 1) || ' more' else '' end
        || '.' as what,
    from open_steps
    group by open_steps.metric_id, open_steps.place

)

select
    told.metric_id,
    cast(sum(told.step_count) as integer) as intervention_count,
    string_agg(told.what, ' ' order by told.place) as what_is_done,
from told
group by told.metric_id
