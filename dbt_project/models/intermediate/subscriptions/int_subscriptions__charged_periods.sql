-- Grain: one row per subscription item, price, invoice and full period that it charges.
select
    lines.item_id,
    lines.price_id,
    lines.invoice_id,
    lines.currency,
    max(lines.line_id) as line_id,
    lines.period_starts_at,
    lines.period_ends_at,
    cast(sum(lines.quantity) as bigint) as quantity,
    sum(lines.amount_minor) / max(currencies.minor_units_per_unit) as amount,
    -- Units of several amounts are tiers, also of a price that is not delivered.
    count(distinct lines.amount_minor / nullif(lines.quantity, 0)) > 1 as has_tiers,
    -- The period as an interval, where the price tells none (decisions, T3).
    case
        when date_diff('day', lines.period_starts_at, lines.period_ends_at) < 10
            then
                greatest(date_diff('day', lines.period_starts_at, lines.period_ends_at), 1)
                * 12.0
                / 365.0
        else
            greatest(
                round(date_diff('day', lines.period_starts_at, lines.period_ends_at) / 30.4375),
                1
            )
    end as months,
from {{ ref('int_subscriptions__issued_lines') }} as lines
inner join {{ ref('int_currencies__minor_units') }} as currencies
    on lines.currency = currencies.currency
where not lines.is_proration and lines.amount_minor >= 0
group by
    lines.item_id,
    lines.price_id,
    lines.invoice_id,
    lines.currency,
    lines.period_starts_at,
    lines.period_ends_at
-- A line without a quantity tells no unit.
having sum(lines.quantity) != 0
