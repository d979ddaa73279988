-- Grain: one row per customer, currency and month from the customer's first on.
with

firsts as (

    select
        balances.customer_id,
        {{ month_start('min(balances.valid_from)') }} as first_month,
    from {{ ref('int_mrr__balance_periods') }} as balances
    group by balances.customer_id

)

select
    balances.customer_id,
    balances.currency,
    months.month_start,
    months.period_end_on,
    balances.net_mrr as net_local,
    balances.list_mrr as list_local,
    rates.opening_rate,
    rates.closing_rate,
    {{ balance_rate('months.is_complete') }} as balance_rate,
from {{ ref('int_mrr__balance_periods') }} as balances
inner join firsts
    on balances.customer_id = firsts.customer_id
inner join {{ ref('int_calendar__months') }} as months
    on
        firsts.first_month <= months.month_start
        and balances.valid_from <= months.period_end_on
        and balances.valid_to > months.period_end_on
inner join {{ ref('int_currencies__monthly_rates') }} as rates
    on balances.currency = rates.currency and months.month_start = rates.month_start
