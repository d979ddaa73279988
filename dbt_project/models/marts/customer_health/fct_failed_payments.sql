-- Grain: one row per invoice with a charge that failed.
with

failures as (

    select
        charges.invoice_id,
        min(charges.created_at) as first_failed_at,
    from {{ ref('stg_stripe__charges') }} as charges
    where charges.status = 'failed' and cast(charges.created_at as date) <= {{ as_of() }}
    group by charges.invoice_id

),

-- A charge that succeeded before the first one failed recovered nothing.
charges as (

    select
        failures.invoice_id,
        failures.first_failed_at,
        min(charges.created_at) as succeeded_at,
    from failures
    left join {{ ref('stg_stripe__charges') }} as charges
        on
            failures.invoice_id = charges.invoice_id
            and failures.first_failed_at < charges.created_at
            and charges.status = 'succeeded'
            and cast(charges.created_at as date) <= {{ as_of() }}
    group by failures.invoice_id, failures.first_failed_at

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
            * rates.opening_rate
            as decimal(38, 2)
        ) as amount,
        cast(1 as integer) as failed_count,
        cast(
            case when charges.succeeded_at is not null then 1 else 0 end as integer
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
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            invoices.currency = rates.currency
            and {{ month_start('charges.first_failed_at') }} = rates.month_start

)

select * from fct_failed_payments
