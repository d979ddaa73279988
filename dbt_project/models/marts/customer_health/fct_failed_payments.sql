-- Grain: one row per invoice with a charge that failed.
with

charges as (

    select
        charges.invoice_id,
        min(charges.created_at) filter (where charges.status = 'failed') as first_failed_at,
        min(charges.created_at) filter (where charges.status = 'succeeded') as succeeded_at,
    from {{ ref('stg_stripe__charges') }} as charges
    where cast(charges.created_at as date) <= {{ as_of() }}
    group by charges.invoice_id

),

fct_failed_payments as (

    select
        invoices.invoice_id,
        invoices.customer_id,
        cast(charges.first_failed_at as date) as failed_on,
        cast(charges.succeeded_at as date) as recovered_on,
        cast(
            invoices.amount_due_minor
            / currencies.minor_units_per_unit
            * coalesce(rates.closing_rate, 1)
            as decimal(18, 2)
        ) as amount,
        cast(1 as integer) as failed_count,
        cast(
            case when charges.succeeded_at > charges.first_failed_at then 1 else 0 end as integer
        ) as recovered_count,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from charges
    inner join {{ ref('stg_stripe__invoices') }} as invoices
        on charges.invoice_id = invoices.invoice_id
    inner join {{ ref('dim_customers') }} as customers
        on invoices.customer_id = customers.customer_id
    inner join {{ ref('int_currencies__minor_units') }} as currencies
        on invoices.currency = currencies.currency
    left join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            invoices.currency = rates.currency
            and {{ month_start('charges.first_failed_at') }} = rates.month_start
    where charges.first_failed_at is not null

)

select * from fct_failed_payments
