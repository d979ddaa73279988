-- Grain: one row per customer and day of churn.
with

stops as (

    select
        changes.customer_id,
        changes.occurred_on,
        changes.subscription_id,
        changes.status_before,
        changes.status_after,
    from {{ ref('int_mrr__item_changes') }} as changes
    where changes.net_before > 0 and changes.net_after = 0

)

select
    stops.customer_id,
    stops.occurred_on,
    case
        when bool_and(coalesce(stops.status_after, '') = 'paused') then 'pause'
        when
            bool_or(
                coalesce(stops.status_after, '') = 'unpaid'
                or (
                    stops.status_before in ('past_due', 'unpaid')
                    and coalesce(stops.status_after, 'canceled') = 'canceled'
                )
            )
            then 'involuntary'
        else 'voluntary'
    end as movement_reason,
from stops
group by stops.customer_id, stops.occurred_on
