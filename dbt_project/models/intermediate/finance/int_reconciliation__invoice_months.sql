-- Grain: one row per month in which invoices were issued or refunds made, in the reporting
-- currency at the month's closing rate.
with

invoices as (

    select
        {{ month_start('invoices.created_at') }} as month_start,
        invoices.currency,
        sum(invoices.total_minor) as total_minor,
        sum(coalesce(invoices.tax_minor, 0)) as tax_minor,
    from {{ ref('int_billing__invoices') }} as invoices
    where
        coalesce(invoices.status, 'open') not in ('draft', 'void')
        and not invoices.is_deleted
        and cast(invoices.created_at as date) <= {{ as_of() }}
    group by {{ month_start('invoices.created_at') }}, invoices.currency

),

refunds as (

    select
        {{ month_start('refunds.created_at') }} as month_start,
        refunds.currency,
        sum(refunds.amount_minor) as refunded_minor,
    from {{ ref('int_billing__refunds') }} as refunds
    where
        coalesce(refunds.status, 'succeeded') = 'succeeded'
        and cast(refunds.created_at as date) <= {{ as_of() }}
    group by {{ month_start('refunds.created_at') }}, refunds.currency

),

lines as (

    select
        lines.invoiced_month as month_start,
        lines.currency,
        {{ exact_sum("""
            case
                when lines.kind = 'service' and not lines.is_proration
                    then lines.net_amount
                else 0
            end
        """) }} as service,
        {{ exact_sum("""
            case when lines.kind = 'service' and lines.is_proration then lines.net_amount else 0 end
        """) }} as proration,
        {{ exact_sum("""
            case when lines.kind = 'usage' then lines.net_amount else 0 end
        """) }} as usage,
        {{ exact_sum("""
            case when lines.kind = 'one_time' then lines.net_amount else 0 end
        """) }} as one_time,
    from {{ ref('int_reconciliation__lines') }} as lines
    group by lines.invoiced_month, lines.currency

),

months as (

    select
        invoices.month_start,
        invoices.currency,
    from invoices
    union
    select
        refunds.month_start,
        refunds.currency,
    from refunds
    union
    select
        lines.month_start,
        lines.currency,
    from lines

)

select
    months.month_start,
    {{ as_mrr("coalesce(" ~ exact_sum(
        'invoices.total_minor / currencies.minor_units_per_unit * rates.closing_rate'
    ) ~ ", 0)") }} as total,
    {{ as_mrr("coalesce(" ~ exact_sum(
        'invoices.tax_minor / currencies.minor_units_per_unit * rates.closing_rate'
    ) ~ ", 0)") }} as tax,
    {{ as_mrr("coalesce(" ~ exact_sum(
        'refunds.refunded_minor / currencies.minor_units_per_unit * rates.closing_rate'
    ) ~ ", 0)") }} as refunded,
    {{ as_mrr(
        "coalesce(" ~ exact_sum('lines.service * rates.closing_rate') ~ ", 0)"
    ) }} as service,
    {{ as_mrr(
        "coalesce(" ~ exact_sum('lines.proration * rates.closing_rate') ~ ", 0)"
    ) }} as proration,
    {{ as_mrr(
        "coalesce(" ~ exact_sum('lines.usage * rates.closing_rate') ~ ", 0)"
    ) }} as usage,
    {{ as_mrr(
        "coalesce(" ~ exact_sum('lines.one_time * rates.closing_rate') ~ ", 0)"
    ) }} as one_time,
from months
inner join {{ ref('int_currencies__monthly_rates') }} as rates
    on months.currency = rates.currency and months.month_start = rates.month_start
inner join {{ ref('int_currencies__minor_units') }} as currencies
    on months.currency = currencies.currency
left join invoices
    on months.month_start = invoices.month_start and months.currency = invoices.currency
left join refunds
    on months.month_start = refunds.month_start and months.currency = refunds.currency
left join lines
    on months.month_start = lines.month_start and months.currency = lines.currency
group by months.month_start
