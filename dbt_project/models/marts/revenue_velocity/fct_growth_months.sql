-- Grain: one row per month: for how long growth has stalled by then.
with

slopes as (

    select
        months.month_start,
        sum(months.mrr_slope_6m) as mrr_slope_6m,
    from {{ ref('fct_customer_months') }} as months
    group by months.month_start

),

-- Every month that grows, or of which too little is known, begins a new count.
counted as (

    select
        slopes.month_start,
        coalesce(slopes.mrr_slope_6m <= 0, false) as is_stalled,
        sum(case when coalesce(slopes.mrr_slope_6m <= 0, false) then 0 else 1 end)
            over (order by slopes.month_start) as run_number,
    from slopes

),

fct_growth_months as (

    select
        counted.month_start,
        cast(
            sum(case when counted.is_stalled then 1 else 0 end) over (
                partition by counted.run_number order by counted.month_start
            ) as integer
        ) as stalled_month_count,
    from counted

)

select * from fct_growth_months
