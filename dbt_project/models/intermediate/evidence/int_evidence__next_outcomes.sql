-- Grain: one row per customer, day on which something is known of it and outcome: when it next
-- came.
with

asked as (

    select
        moments.customer_id,
        moments.known_on,
        kinds.outcome,
        kinds.movement_type,
    from {{ ref('int_evidence__moments') }} as moments
    cross join (
        values ('churn', 'churn'), ('downgrade', 'contraction'), ('expansion', 'expansion')
    ) as kinds (outcome, movement_type)

)

select
    asked.customer_id,
    asked.known_on,
    asked.outcome,
    movements.occurred_on as next_on,
from asked
asof left join {{ ref('fct_mrr_movements') }} as movements
    on
        asked.customer_id = movements.customer_id
        and asked.movement_type = movements.movement_type
        and asked.known_on < movements.occurred_on
