-- Grain: one row per observation of a subscription item's price and quantity.
with

-- Lines of invoices remember what live tables have forgotten. Where a unit has no amount of
-- its own, the lines of one invoice are tiers, whose quantities add up.
lines as (

    select
        lines.item_id,
        lines.subscription_id,
        lines.period_starts_at as observed_at,
        0 as precedence,
        max(lines.line_id) as tie_break,
        lines.price_id,
        case
            when max(prices.unit_amount) is not null
                then max_by(lines.quantity, lines.line_id)
            else cast(sum(lines.quantity) as bigint)
        end as quantity,
        -- One line stands in one row.
        0 as _file_order,
        max_by(lines._file, lines.line_id) as _file,
        max_by(lines._file_row, lines.line_id) as _file_row,
    from {{ ref('int_subscriptions__issued_lines') }} as lines
    left join {{ ref('int_subscriptions__prices') }} as prices
        on lines.price_id = prices.price_id
    where lines.subscription_id is not null and lines.amount_minor >= 0
    group by
        lines.item_id,
        lines.subscription_id,
        lines.period_starts_at,
        lines.price_id,
        lines.invoice_id,
        lines.is_proration

)

select * from lines

union all

select
    versions.item_id,
    versions.subscription_id,
    versions.synced_at as observed_at,
    1 as precedence,
    cast(null as varchar) as tie_break,
    versions.price_id,
    versions.quantity,
    versions._file_order,
    versions._file,
    versions._file_row,
from {{ ref('int_billing__subscription_item_versions') }} as versions
where not versions.is_deleted
