-- Grain: one row per customer and day of churn.
with

stops as (

    select
        changes.customer_id,
        changes.occurred_on,
        changes.subscription_id,
        changes.net_before,
        changes.status_before,
        changes.status_after,
    from {{ ref('int_mrr__item_changes') }} as changes
    where changes.net_before > 0 and changes.net_after = 0

),

-- Of each subscription what was said nearest to its end: one that came back may end again.
stated as (

    select
        stops.customer_id,
        stops.occurred_on,
        stops.subscription_id,
        arg_min(
            reasons.cancellation_reason,
            (
                abs({{ dbt.datediff('reasons.stated_on', 'stops.occurred_on', 'day') }}),
                reasons.stated_on
            )
        ) as cancellation_reason,
        max(stops.net_before) as net_before,
    from stops
    inner join {{ ref('int_subscriptions__stated_reasons') }} as reasons
        on stops.subscription_id = reasons.subscription_id
    group by stops.customer_id, stops.occurred_on, stops.subscription_id

),

largest as (

    select
        stated.customer_id,
        stated.occurred_on,
        arg_max(stated.cancellation_reason, (stated.net_before, stated.subscription_id))
            as cancellation_reason,
    from stated
    group by stated.customer_id, stated.occurred_on

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
    max(largest.cancellation_reason) as cancellation_reason,
from stops
left join largest
    on stops.customer_id = largest.customer_id and stops.occurred_on = largest.occurred_on
group by stops.customer_id, stops.occurred_on
