{#-
Opening plus movements is closing, for every customer and month, to the last decimal; and what it
closes at is the balance of that day, which another fact computes, and its net change the sum of
the days' movements. Without those two a bridge between wrong balances would close as well.
-#}
{% test bridge_closes(model, balances, movements) %}

with

months as (

    select
        months.customer_id,
        months.month_start,
        months.period_end_on,
        months.opening_mrr,
        months.closing_mrr,
        months.new_mrr
        + months.expansion_mrr
        + months.reactivation_mrr
        - months.contraction_mrr
        - months.churned_mrr
        + months.fx_mrr as net_change,
    from {{ model }} as months

),

days as (

    select
        movements.customer_id,
        {{ month_start('movements.occurred_on') }} as month_start,
        sum(movements.mrr_change) as net_change,
    from {{ movements }} as movements
    group by movements.customer_id, {{ month_start('movements.occurred_on') }}

)

select
    months.customer_id,
    months.month_start,
    months.opening_mrr,
    months.net_change,
    months.closing_mrr,
    balances.mrr as balance_mrr,
    days.net_change as net_change_of_days,
from months
left join {{ balances }} as balances
    on months.customer_id = balances.customer_id and months.period_end_on = balances.snapshot_on
left join days
    on months.customer_id = days.customer_id and months.month_start = days.month_start
where
    months.opening_mrr + months.net_change != months.closing_mrr
    -- A customer without a balance or a movement has 0 of it.
    or months.closing_mrr != coalesce(balances.mrr, 0)
    or months.net_change != coalesce(days.net_change, 0)

{% endtest %}
