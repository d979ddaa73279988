-- Grain: one row per customer and month in which it paid twelve months before.
with

stops as (

    select
        days.customer_id,
        days.occurred_on as paused_on,
        lead(days.occurred_on, 1, cast('9999-12-31' as date)) over (
            partition by days.customer_id order by days.occurred_on
        ) as resumed_on,
        coalesce(reasons.movement_reason = 'pause', false) as is_pause,
    from {{ ref('int_mrr__customer_days') }} as days
    left join {{ ref('int_mrr__churn_reasons') }} as reasons
        on days.customer_id = reasons.customer_id and days.occurred_on = reasons.occurred_on
    where days.movement_type in ('churn', 'reactivation')

),

-- Who was cancelled during a pause is no longer paused.
paused as (

    select distinct
        stops.customer_id,
        stops.paused_on,
        months.month_start,
    from stops
    inner join {{ ref('int_calendar__months') }} as months
        on
            stops.paused_on <= months.period_end_on
            and stops.resumed_on > months.period_end_on
    inner join {{ ref('int_subscriptions__segments') }} as segments
        on
            stops.customer_id = segments.customer_id
            and months.period_end_on >= segments.valid_from
            and months.period_end_on < segments.valid_to
    where stops.is_pause and segments.status = 'paused'

),

pairs as (

    select
        now.customer_id,
        now.month_start,
        {{ as_mrr('before.net_local * before.balance_rate') }} as opening_mrr_12m,
        {{ as_mrr('now.net_local * before.balance_rate') }} as retained_mrr_12m,
        {{ as_mrr('now.net_local * now.balance_rate') }} as retained_mrr_12m_as_converted,
        -- At the rate of then too: a pause must not bring a moved rate with it.
        {{ as_mrr('coalesce(kept.net_mrr, now.net_local) * before.balance_rate') }}
            as retained_mrr_12m_excluding_pause,
    from {{ ref('int_mrr__month_balances') }} as now
    inner join {{ ref('int_mrr__month_balances') }} as before
        on
            now.customer_id = before.customer_id
            and now.currency = before.currency
            and {{ dbt.dateadd('month', -12, 'now.month_start') }} = before.month_start
    left join paused
        on now.customer_id = paused.customer_id and now.month_start = paused.month_start
    left join {{ ref('int_mrr__balance_periods') }} as kept
        on
            paused.customer_id = kept.customer_id
            and now.currency = kept.currency
            and paused.paused_on = kept.valid_to

)

select
    pairs.customer_id,
    pairs.month_start,
    sum(pairs.opening_mrr_12m) as opening_mrr_12m,
    sum(pairs.retained_mrr_12m) as retained_mrr_12m,
    {{ at_most('sum(pairs.retained_mrr_12m)', 'sum(pairs.opening_mrr_12m)') }}
        as retained_mrr_12m_capped,
    sum(pairs.retained_mrr_12m_as_converted) as retained_mrr_12m_as_converted,
    sum(pairs.retained_mrr_12m_excluding_pause) as retained_mrr_12m_excluding_pause,
from pairs
group by pairs.customer_id, pairs.month_start
having sum(pairs.opening_mrr_12m) > 0
