-- Grain: one row per Stripe subscription item and moment at which its price and
-- quantity were observed (DECISIONS.md, T3).
with

-- Lines of invoices remember what live tables have forgotten.
lines as (

    select
        lines.item_id,
        lines.subscription_id,
        lines.period_starts_at as observed_at,
        0 as precedence,
        lines.line_id as tie_break,
        lines.price_id,
        lines.quantity,
        -- One line stands in one row.
        0 as _file_order,
        lines._file,
        lines._file_row,
    from {{ ref('int_subscriptions__issued_lines') }} as lines
    where lines.subscription_id is not null and lines.amount_minor >= 0

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
from {{ ref('stg_stripe__subscription_item_versions') }} as versions
where not versions.is_deleted
