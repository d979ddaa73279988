-- Grain: one row per customer, month and way in which revenue that was agreed is lost.
with

-- Collection is given up when an invoice is written off, or three weeks after it failed.
uncollected as (

    select
        payments.customer_id,
        {{ month_start('payments.failed_on') }} as month_start,
        'failed_payment' as leak_type,
        sum(payments.amount) as amount,
    from {{ ref('fct_failed_payments') }} as payments
    where
        payments.recovered_count = 0
        and {{ dbt.dateadd('day', 21, 'payments.failed_on') }} <= {{ as_of() }}
    group by payments.customer_id, {{ month_start('payments.failed_on') }}

),

invoiced as (

    select distinct
        invoices.customer_id,
        months.month_start,
    from {{ ref('int_subscriptions__issued_lines') }} as lines
    inner join {{ ref('int_billing__invoices') }} as invoices
        on lines.invoice_id = invoices.invoice_id
    inner join {{ ref('int_calendar__months') }} as months
        on
            lines.period_starts_at < {{ dbt.dateadd('month', 1, 'months.month_start') }}
            -- A line through midnight of the first covers nothing of the month that begins.
            and lines.period_ends_at > months.month_start

),

-- Of sources that send invoices; a spreadsheet of contracts says nothing of what was billed.
uninvoiced as (

    select
        months.customer_id,
        months.month_start,
        'not_invoiced' as leak_type,
        months.closing_mrr as amount,
    from {{ ref('fct_customer_months') }} as months
    left join invoiced
        on
            months.customer_id = invoiced.customer_id
            and months.month_start = invoiced.month_start
    where
        months.opening_mrr > 0
        and months.closing_mrr > 0
        and invoiced.customer_id is null
        and months.customer_id in (
            select billed.customer_id
            from {{ ref('int_billing__customers') }} as billed
            where {{ is_invoiced('billed.source_name') }}
        )

),

leaks as (

    select uncollected.* from uncollected
    union all
    select uninvoiced.* from uninvoiced

),

fct_revenue_leaks as (

    select
        coalesce(leaks.customer_id, 'unknown') as customer_id,
        leaks.month_start,
        leaks.leak_type,
        cast(leaks.amount as decimal(38, 2)) as amount,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, 'unknown') as channel,
    from leaks
    left join {{ ref('dim_customers') }} as customers
        on leaks.customer_id = customers.customer_id

)

select * from fct_revenue_leaks
