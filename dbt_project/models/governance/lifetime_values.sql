-- Grain: one row per customer paying at the end of the newest month whose margin is known.
with

newest as (

    select
        economics.customer_id,
        economics.month_start,
        economics.margin_mrr,
        economics.lifetime_value,
        customers.segment,
        {{ dbt.datediff('customers.first_paid_on', 'economics.month_start', 'month') }}
            as tenure_months,
    from {{ ref('fct_customer_economics') }} as economics
    inner join {{ ref('dim_customers') }} as customers
        on economics.customer_id = customers.customer_id
    where economics.closing_customer_count = 1 and economics.margin_mrr is not null
    qualify economics.month_start = max(economics.month_start) over ()

),

curves as (

    select curves.*
    from {{ ref('int_lifetimes__curves') }} as curves
    qualify curves.cutoff_on = max(curves.cutoff_on) over ()

),

lifetime_values as (

    select
        newest.customer_id,
        newest.month_start,
        cast(newest.tenure_months as integer) as tenure_months,
        cast(newest.margin_mrr as double) as margin_mrr,
        cast(newest.lifetime_value as double) as lifetime_value,
        curves.expected_months,
        curves.fitted_on,
        cast(newest.margin_mrr * curves.expected_months as double) as survival_value,
        cast(newest.margin_mrr * curves.lower as double) as survival_value_lower,
        cast(newest.margin_mrr * curves.upper as double) as survival_value_upper,
        newest.segment,
    from newest
    left join curves
        on
            newest.segment = curves.segment
            and newest.tenure_months = curves.tenure_months

)

select * from lifetime_values
