{{ config(meta={'dagster': {'ref': {'name': 'fct_acquisition_months'}}}) }}
-- Channels, and segments, add up to what the ledger spent on sales and marketing.
with

divided as (

    select
        acquisitions.month_start,
        sum(acquisitions.acquisition_cost) as acquisition_cost,
    from {{ ref('fct_acquisition_months') }} as acquisitions
    group by acquisitions.month_start

)

select
    periods.period_start,
    periods.sales_marketing,
    divided.acquisition_cost,
from {{ ref('fct_financial_periods') }} as periods
left join divided
    on periods.period_start = divided.month_start
where
    periods.grain = 'month'
    and periods.dimension = 'total'
    and abs(periods.sales_marketing - coalesce(divided.acquisition_cost, 0)) >= 0.01
