-- An item ends with the first version of its subscription that does not list it any more.
with

{% set item = '[{"item_price_id": "VARCHAR", "item_type": "VARCHAR", "quantity": "BIGINT", '
    ~ '"unit_price": "DECIMAL(38,6)", "amount": "DECIMAL(38,6)", '
    ~ '"metered_quantity": "VARCHAR"}]' -%}

listed as (

    select
        versions.subscription_id,
        versions._file,
        versions._file_row,
        unnest(json_transform(versions.items, '{{ item }}')) as item,
    from {{ ref('stg_chargebee__subscription_versions') }} as versions

),

items as (

    select
        listed.subscription_id,
        listed.subscription_id || '/' || listed.item.item_price_id as item_id,
        listed.item.item_price_id,
        coalesce(listed.item.quantity, 1) as quantity,
        -- What a unit comes to, tiers and free units included.
        cast(
            coalesce(
                listed.item.amount / nullif(coalesce(listed.item.quantity, 1), 0),
                listed.item.unit_price
            ) as decimal(38, 12)
        ) as unit_amount_minor,
        listed.item.metered_quantity is not null as is_metered,
        coalesce(listed.item.item_type, 'plan') != 'charge' as is_recurring,
        listed._file,
        listed._file_row,
    from listed

),

versions as (

    select
        versions.*,
        min(versions.updated_at) over (partition by versions.subscription_id) as first_version_at,
    from {{ ref('stg_chargebee__subscription_versions') }} as versions

),

known as (

    select
        items.subscription_id,
        items.item_id,
        min(versions.updated_at) as first_listed_at,
    from items
    inner join versions
        on items._file = versions._file and items._file_row = versions._file_row
    group by items.subscription_id, items.item_id

)

select
    known.item_id,
    known.subscription_id,
    versions.updated_at as synced_at,
    -- What the first version lists has been there from the start.
    case
        when known.first_listed_at = versions.first_version_at then versions.created_at
        else known.first_listed_at
    end as created_at,
    concat_ws(
        '/',
        items.item_price_id,
        versions.currency,
        items.unit_amount_minor,
        versions.interval_count || versions.interval_unit
    ) as price_id,
    items.item_price_id,
    items.quantity,
    items.unit_amount_minor,
    items.is_metered,
    items.is_recurring,
    versions.currency,
    versions.interval_unit,
    versions.interval_count,
    versions.current_period_ends_at,
    items.item_id is null as is_deleted,
    versions._file,
    versions._file_row,
    versions._file_order,
    versions._load_id,
from known
inner join versions
    on
        known.subscription_id = versions.subscription_id
        and known.first_listed_at <= versions.updated_at
left join items
    on
        known.item_id = items.item_id
        and versions._file = items._file
        and versions._file_row = items._file_row
