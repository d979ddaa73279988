-- Grain: one row per step of a playbook on a customer, with what was foretold of its leaving by the
-- day of the call, and whether it left.
with

told as (

    select
        steps.intervention_id,
        told.horizon_days,
        told.is_skilled,
        told.probability,
    from {{ ref('int_interventions__steps') }} as steps
    -- The end of the month before, or today: not what a later one knew.
    inner join {{ ref('int_outlook__told') }} as told
        on
            steps.customer_id = told.customer_id
            and told.outcome = 'churn'
            and steps.opened_on >= told.known_on
            and {{ dbt.dateadd('day', -45, 'steps.opened_on') }} < told.known_on
    qualify
        row_number() over (
            partition by steps.intervention_id, told.horizon_days
            order by told.known_on desc, told.fold desc nulls last
        ) = 1

),

by_horizon as (

    select
        told.intervention_id,
        max(told.probability) filter (where told.horizon_days = 180 and told.is_skilled)
            as risk_180d,
        max(told.probability) filter (where told.horizon_days = 90) as expected_90d,
    from told
    group by told.intervention_id

),

left_on as (

    select
        steps.intervention_id,
        min(movements.occurred_on) as left_on,
    from {{ ref('int_interventions__steps') }} as steps
    inner join {{ ref('fct_mrr_movements') }} as movements
        on
            steps.customer_id = movements.customer_id
            and steps.opened_on < movements.occurred_on
            and movements.movement_type = 'churn'
    group by steps.intervention_id

)

select
    steps.intervention_id,
    steps.customer_id,
    by_horizon.risk_180d,
    by_horizon.expected_90d,
    left_on.left_on,
from {{ ref('int_interventions__steps') }} as steps
left join by_horizon
    on steps.intervention_id = by_horizon.intervention_id
left join left_on
    on steps.intervention_id = left_on.intervention_id
where steps.customer_id is not null
