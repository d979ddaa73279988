-- Grain: one row per parent account and month: the second view of fct_customer_months, in
-- which what one subsidiary gains and another loses is no movement.
with

months as (

    select
        customers.parent_customer_id,
        months.month_start,
        sum(months.opening_mrr) as opening_mrr,
        sum(months.closing_mrr) as closing_mrr,
        sum(months.closing_mrr - months.opening_mrr - months.fx_mrr) as mrr_change,
        sum(months.fx_mrr) as fx_mrr,
    from {{ ref('fct_customer_months') }} as months
    inner join {{ ref('dim_customers') }} as customers
        on months.customer_id = customers.customer_id
    group by customers.parent_customer_id, months.month_start

),

firsts as (

    select
        months.parent_customer_id,
        min(months.month_start) as first_paid_month,
    from months
    where months.closing_mrr > 0
    group by months.parent_customer_id

),

fct_parent_months as (

    select
        months.parent_customer_id,
        months.month_start,
        {{ as_mrr('months.opening_mrr') }} as opening_mrr,
        {{ as_mrr('months.closing_mrr') }} as closing_mrr,
        {{ movement_type(
            has_paid_before='months.month_start > firsts.first_paid_month',
            before='months.opening_mrr',
            after='months.closing_mrr',
            change='months.mrr_change'
        ) }} as movement_type,
        {{ as_mrr('months.mrr_change') }} as mrr_change,
        {{ as_mrr('months.fx_mrr') }} as fx_mrr,
        cast(
            row_number() over (
                partition by months.month_start
                order by months.closing_mrr desc, months.parent_customer_id asc
            ) as integer
        ) as mrr_rank,
    from months
    left join firsts
        on months.parent_customer_id = firsts.parent_customer_id

)

select * from fct_parent_months
