{{ config(meta={'dagster': {'ref': {'name': 'fct_customer_economics'}}}) }}
-- What customers brought, the share of nobody included, is the revenue of the ledger.
with

divided as (

    select
        economics.month_start,
        sum(
            economics.recurring_revenue + economics.usage_revenue + economics.services_revenue
        ) as revenue,
        sum(economics.hosting_cost) as hosting_cost,
    from {{ ref('fct_customer_economics') }} as economics
    group by economics.month_start

)

select
    periods.period_start,
    periods.revenue,
    divided.revenue as divided_revenue,
    periods.hosting_cost,
    divided.hosting_cost as divided_hosting_cost,
from {{ ref('fct_financial_periods') }} as periods
left join divided
    on periods.period_start = divided.month_start
where
    periods.grain = 'month'
    and periods.dimension = 'total'
    and (
        abs(periods.revenue - coalesce(divided.revenue, 0)) >= 0.01
        or abs(periods.hosting_cost - coalesce(divided.hosting_cost, 0)) >= 0.01
    )
