-- Grain: one row per customer and day on which anything about its MRR changes, with the balance
-- before and after, both at the opening rate of the day's month.
with

converted as (

    select
        balances.customer_id,
        balances.valid_from as occurred_on,
        {{ as_mrr('(balances.net_mrr - balances.net_change) * rates.opening_rate') }}
            as mrr_before,
        {{ as_mrr('balances.net_mrr * rates.opening_rate') }} as mrr_after,
        balances.net_change,
        balances.currency,
        balances.currency_count,
    from {{ ref('int_mrr__balance_periods') }} as balances
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            balances.currency = rates.currency
            and {{ month_start('balances.valid_from') }} = rates.month_start

),

days as (

    select
        converted.customer_id,
        converted.occurred_on,
        sum(converted.mrr_before) as mrr_before,
        sum(converted.mrr_after) as mrr_after,
        -- A customer billed in several currencies is kept in the reporting currency.
        case
            when max(converted.currency_count) = 1 then sum(converted.net_change)
            else sum(converted.mrr_after) - sum(converted.mrr_before)
        end as change_local,
        case
            when max(converted.currency_count) = 1 then max(converted.currency)
            else '{{ setting("reporting_currency") }}'
        end as currency,
    from converted
    group by converted.customer_id, converted.occurred_on

),

first_paid as (

    select
        days.customer_id,
        min(days.occurred_on) as first_paid_on,
    from days
    where days.mrr_after > 0
    group by days.customer_id

)

select
    days.customer_id,
    days.occurred_on,
    days.currency,
    {{ as_mrr('days.mrr_before') }} as mrr_before,
    {{ as_mrr('days.mrr_after') }} as mrr_after,
    {{ as_mrr('days.change_local') }} as mrr_change_local,
    {{ movement_type(
        has_paid_before='days.occurred_on > first_paid.first_paid_on',
        before='days.mrr_before',
        after='days.mrr_after',
        change='days.change_local'
    ) }} as movement_type,
from days
left join first_paid
    on days.customer_id = first_paid.customer_id
