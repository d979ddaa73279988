-- Grain: one row per invoice with a charge that failed.
with

failures as (

    select
        charges.invoice_id,
        min(charges.created_at) as first_failed_at,
        arg_min(charges.customer_id, (charges.created_at, charges.charge_id)) as customer_id,
        arg_min(charges.amount_minor, (charges.created_at, charges.charge_id)) as amount_minor,
        arg_min(charges.currency, (charges.created_at, charges.charge_id)) as currency,
    from {{ ref('int_billing__payments') }} as charges
    where
        charges.status = 'failed'
        and charges.invoice_id is not null
        and cast(charges.created_at as date) <= {{ as_of() }}
    group by charges.invoice_id

),

-- A charge that succeeded before the first one failed recovered nothing.
charges as (

    select
        failures.invoice_id,
        failures.first_failed_at,
        failures.customer_id,
        failures.amount_minor,
        failures.currency,
        min(charges.created_at) as succeeded_at,
    from failures
    left join {{ ref('int_billing__payments') }} as charges
        on
            failures.invoice_id = charges.invoice_id
            and failures.first_failed_at < charges.created_at
            and charges.status = 'succeeded'
            and cast(charges.created_at as date) <= {{ as_of() }}
    group by all

),

-- Of an invoice that is not delivered the charge itself says whose it is and how much was asked.
payments as (

    select
        charges.invoice_id,
        charges.first_failed_at,
        charges.succeeded_at,
        coalesce(invoices.customer_id, charges.customer_id) as customer_id,
        coalesce(invoices.amount_due_minor, charges.amount_minor) as amount_minor,
        coalesce(invoices.currency, charges.currency) as currency,
    from charges
    left join {{ ref('int_billing__invoices') }} as invoices
        on charges.invoice_id = invoices.invoice_id

),

fct_failed_payments as (

    select
        payments.invoice_id,
        payments.customer_id,
        cast(payments.first_failed_at as date) as failed_on,
        cast(payments.succeeded_at as date) as recovered_on,
        cast(
            payments.amount_minor
            / currencies.minor_units_per_unit
            * rates.opening_rate
            as decimal(38, 2)
        ) as amount,
        cast(1 as integer) as failed_count,
        cast(
            case when payments.succeeded_at is not null then 1 else 0 end as integer
        ) as recovered_count,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, 'unknown') as channel,
    from payments
    left join {{ ref('dim_customers') }} as customers
        on payments.customer_id = customers.customer_id
    inner join {{ ref('int_currencies__minor_units') }} as currencies
        on payments.currency = currencies.currency
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            payments.currency = rates.currency
            and {{ month_start('payments.first_failed_at') }} = rates.month_start

)

select * from fct_failed_payments
