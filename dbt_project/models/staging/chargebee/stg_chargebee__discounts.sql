-- The vendor does not say since when a discount applies: one that the first version lists has
-- been there from the start, another since the first that does, to the first that does not.
with

versions as (

    select
        versions.subscription_id,
        versions.updated_at,
        coalesce(versions.started_at, versions.created_at) as started_at,
        min(versions.updated_at) over (partition by versions.subscription_id) as first_version_at,
    from {{ ref('stg_chargebee__subscription_versions') }} as versions

),

applied as (

    select
        applied.subscription_id,
        applied.coupon_id,
        min(applied.updated_at) as first_listed_at,
        max(applied.updated_at) as last_listed_at,
        max_by(
            applied.applies_until, (applied.updated_at, applied._file_order, applied._file_row)
        ) as applies_until,
    from {{ ref('stg_chargebee__applied_discounts') }} as applied
    group by applied.subscription_id, applied.coupon_id

)

select
    applied.subscription_id || '/' || applied.coupon_id as discount_id,
    applied.coupon_id,
    cast(null as varchar) as customer_id,
    applied.subscription_id,
    cast(null as varchar) as invoice_id,
    cast(null as varchar) as invoice_item_id,
    case
        when applied.first_listed_at = min(versions.first_version_at)
            then min(versions.started_at)
        else applied.first_listed_at
    end as started_at,
    applied.applies_until as ended_at,
    min(versions.updated_at) filter (where versions.updated_at > applied.last_listed_at)
        as deleted_at,
from applied
inner join versions
    on applied.subscription_id = versions.subscription_id
group by
    applied.subscription_id,
    applied.coupon_id,
    applied.first_listed_at,
    applied.last_listed_at,
    applied.applies_until
