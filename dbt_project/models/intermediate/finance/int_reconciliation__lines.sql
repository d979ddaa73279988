-- Grain: one row per line of an issued invoice, in its own currency.
with

invoices as (

    select
        invoices.invoice_id,
        cast(invoices.created_at as date) as invoiced_on,
        {{ month_start('invoices.created_at') }} as invoiced_month,
        -- Discounts, and credits that were not given, fall on all of its lines alike.
        case
            when coalesce(invoices.subtotal_minor, 0) = 0 then 1
            else
                (invoices.total_minor - coalesce(invoices.tax_minor, 0))
                / cast(invoices.subtotal_minor as double)
        end as net_share,
    from {{ ref('int_billing__invoices') }} as invoices
    where
        coalesce(invoices.status, 'open') not in ('draft', 'void')
        and not invoices.is_deleted
        and cast(invoices.created_at as date) <= {{ as_of() }}

),

lines as (

    select
        lines.line_id,
        lines.item_id,
        lines.currency,
        lines.is_proration,
        invoices.invoiced_on,
        invoices.invoiced_month,
        invoices.net_share,
        cast(lines.amount_minor / currencies.minor_units_per_unit as double) as gross_amount,
        cast(coalesce(lines.period_starts_at, invoices.invoiced_on) as date) as starts_on,
        cast(coalesce(lines.period_ends_at, invoices.invoiced_on) as date) as ends_on,
        cast(prices.months as double) as price_months,
        case
            when prices.is_metered then 'usage'
            when not coalesce(prices.is_recurring, lines.item_id is not null) then 'one_time'
            else 'service'
        end as kind,
    from {{ ref('int_billing__invoice_lines') }} as lines
    inner join invoices
        on lines.invoice_id = invoices.invoice_id
    inner join {{ ref('int_currencies__minor_units') }} as currencies
        on lines.currency = currencies.currency
    left join {{ ref('int_subscriptions__prices') }} as prices
        on lines.price_id = prices.price_id

),

timed as (

    select
        lines.*,
        date_diff('day', lines.starts_on, lines.ends_on) as service_days,
        -- Where the price is unknown the line's own period says (decisions, T3).
        coalesce(
            lines.price_months,
            case
                when date_diff('day', lines.starts_on, lines.ends_on) < 10
                    then date_diff('day', lines.starts_on, lines.ends_on) * 12.0 / 365.0
                else
                    greatest(
                        round(date_diff('day', lines.starts_on, lines.ends_on) / 30.4375), 1
                    )
            end
        ) as cycle_months,
    from lines

)

select
    timed.line_id,
    timed.item_id,
    timed.currency,
    timed.kind,
    timed.is_proration,
    timed.invoiced_on,
    timed.invoiced_month,
    timed.gross_amount,
    timed.gross_amount * timed.net_share as net_amount,
    timed.starts_on,
    timed.ends_on,
    timed.service_days,
    timed.cycle_months,
    -- Days of the whole cycle that ends with the line: a proration pays for its rest.
    case
        when timed.cycle_months >= 1
            then
                date_diff(
                    'day',
                    cast(
                        {{ dbt.dateadd(
                            'month', '-cast(timed.cycle_months as integer)', 'timed.ends_on'
                        ) }} as date
                    ),
                    timed.ends_on
                )
        else timed.cycle_months * 365.0 / 12.0
    end as cycle_days,
from timed
