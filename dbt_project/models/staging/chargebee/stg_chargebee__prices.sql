-- A subscription's item bears its own amount, whatever the catalogue says: that is its price.
with

items as (

    select
        versions.price_id,
        versions.item_price_id,
        versions.currency,
        versions.unit_amount_minor,
        versions.interval_unit,
        versions.interval_count,
        versions.is_metered,
        versions.is_recurring,
    from {{ ref('stg_chargebee__subscription_item_versions') }} as versions
    where not versions.is_deleted

    union all

    select
        lines.price_id,
        lines.item_price_id,
        lines.currency,
        lines.unit_amount_minor,
        lines.interval_unit,
        lines.interval_count,
        lines.is_metered,
        true as is_recurring,
    from {{ ref('stg_chargebee__invoice_lines') }} as lines
    where lines.item_id is not null and not lines.is_proration

)

select
    items.price_id,
    any_value(coalesce(item_prices.product_id, items.item_price_id)) as product_id,
    any_value(items.currency) as currency,
    any_value(items.unit_amount_minor) as unit_amount_minor,
    any_value(items.interval_unit) as interval_unit,
    any_value(items.interval_count) as interval_count,
    bool_or(items.is_metered) as is_metered,
    bool_and(items.is_recurring) as is_recurring,
    -- Its tiers are in the amount, and units are charged one by one.
    false as is_tiered,
    'none' as tiers_mode,
    cast('[]' as json) as tiers,
    cast(1 as bigint) as divide_by,
    'down' as round_to,
from items
left join {{ ref('stg_chargebee__item_prices') }} as item_prices
    on items.item_price_id = item_prices.item_price_id
group by items.price_id
