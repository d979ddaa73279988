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
        slopes.mrr_slope_6m <= 0 as is_stalled,
        count(*) filter (where (slopes.mrr_slope_6m <= 0) is not true)
            over (order by slopes.month_start) as run_number,
    from slopes

),

fct_growth_months as (

    select
        counted.month_start,
        cast(
            case
                when counted.is_stalled is not null
                    then count(*) filter (where counted.is_stalled) over (
                        partition by counted.run_number order by counted.month_start
                    )
            end as integer
        ) as stalled_month_count,
    from counted

)

select * from fct_growth_months
