-- Grain: one row per customer and day of invoiced metered usage, in the reporting currency.
with

charges as (

    select
        invoices.customer_id,
        cast(lines.period_ends_at as date) as charged_on,
        lines.currency,
        {{ exact_sum('lines.amount_minor / currencies.minor_units_per_unit') }}
            as amount_local,
    from {{ ref('int_billing__invoice_lines') }} as lines
    inner join {{ ref('int_billing__invoices') }} as invoices
        on lines.invoice_id = invoices.invoice_id
    inner join {{ ref('int_subscriptions__prices') }} as prices
        on lines.price_id = prices.price_id
    inner join {{ ref('int_currencies__minor_units') }} as currencies
        on lines.currency = currencies.currency
    cross join {{ ref('int_calendar__run') }} as run
    where
        prices.is_metered
        and not invoices.is_deleted
        and invoices.status not in ('draft', 'void')
        and cast(lines.period_ends_at as date) <= run.as_of
    group by invoices.customer_id, cast(lines.period_ends_at as date), lines.currency

),

fct_usage_charges as (

    select
        charges.customer_id,
        charges.charged_on,
        cast({{ exact_sum('charges.amount_local * rates.opening_rate') }} as decimal(38, 2))
            as usage_revenue,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from charges
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            charges.currency = rates.currency
            and {{ month_start('charges.charged_on') }} = rates.month_start
    inner join {{ ref('dim_customers') }} as customers
        on charges.customer_id = customers.customer_id
    group by
        charges.customer_id,
        charges.charged_on,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel

)

select * from fct_usage_charges
