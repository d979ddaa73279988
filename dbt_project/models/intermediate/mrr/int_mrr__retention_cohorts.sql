-- Grain: one row per customer and month in which it paid twelve months before: what it
-- paid then, and what that is today at the rate of then (DECISIONS.md, M3).
with

pairs as (

    select
        now.customer_id,
        now.month_start,
        {{ as_mrr('before.net_local * before.balance_rate') }} as opening_mrr_12m,
        {{ as_mrr('now.net_local * before.balance_rate') }} as retained_mrr_12m,
        {{ as_mrr('now.net_local * now.balance_rate') }} as retained_mrr_12m_as_converted,
    from {{ ref('int_mrr__month_balances') }} as now
    inner join {{ ref('int_mrr__month_balances') }} as before
        on
            now.customer_id = before.customer_id
            and now.currency = before.currency
            and {{ dbt.dateadd('month', -12, 'now.month_start') }} = before.month_start

)

select
    pairs.customer_id,
    pairs.month_start,
    sum(pairs.opening_mrr_12m) as opening_mrr_12m,
    sum(pairs.retained_mrr_12m) as retained_mrr_12m,
    least(sum(pairs.opening_mrr_12m), sum(pairs.retained_mrr_12m))
        as retained_mrr_12m_capped,
    sum(pairs.retained_mrr_12m_as_converted) as retained_mrr_12m_as_converted,
from pairs
group by pairs.customer_id, pairs.month_start
having sum(pairs.opening_mrr_12m) > 0
