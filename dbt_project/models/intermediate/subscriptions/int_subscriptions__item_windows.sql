-- Grain: one row per subscription item.
with

live as (

    select
        versions.item_id,
        -- An item does not move: its newest version names the subscription.
        max_by(
            versions.subscription_id,
            (versions.synced_at, versions._file_order, versions._file_row)
        ) as subscription_id,
        cast(min(versions.created_at) as date) as created_on,
        case
            when
                max_by(
                    versions.is_deleted,
                    (versions.synced_at, versions._file_order, versions._file_row)
                )
                then cast(
                    min(case when versions.is_deleted then versions.synced_at end) as date
                )
        end as deleted_on,
    from {{ ref('int_billing__subscription_item_versions') }} as versions
    group by versions.item_id

),

observed as (

    select
        observed.item_id,
        max(observed.subscription_id) as subscription_id,
        cast(min(observed.observed_at) as date) as first_observed_on,
        max(case when observed.precedence = 0 then observed.observed_at end) as last_line_at,
    from {{ ref('int_subscriptions__item_observations') }} as observed
    group by observed.item_id

),

line_ends as (

    select
        lines.item_id,
        cast(max(lines.period_ends_at) as date) as last_line_ends_on,
    from {{ ref('int_subscriptions__issued_lines') }} as lines
    where lines.amount_minor >= 0
    group by lines.item_id

),

-- A credit that no charge of the item answers at the same moment: it was removed.
removals as (

    select
        credits.item_id,
        cast(min(credits.period_starts_at) as date) as removed_on,
    from {{ ref('int_subscriptions__issued_lines') }} as credits
    left join {{ ref('int_subscriptions__item_observations') }} as charges
        on
            credits.item_id = charges.item_id
            and credits.period_starts_at = charges.observed_at
            and charges.precedence = 0
    inner join observed
        on credits.item_id = observed.item_id
    where
        credits.is_proration
        and credits.amount_minor < 0
        and charges.item_id is null
        and credits.period_starts_at > observed.last_line_at
    group by credits.item_id

),

items as (

    select
        coalesce(live.item_id, observed.item_id) as item_id,
        coalesce(live.subscription_id, observed.subscription_id) as subscription_id,
        live.created_on,
        observed.first_observed_on,
        case
            when live.item_id is not null then live.deleted_on
            else {{ first_known(['line_ends.last_line_ends_on', 'removals.removed_on']) }}
        end as ends_on,
    from live
    full outer join observed
        on live.item_id = observed.item_id
    left join line_ends
        on coalesce(live.item_id, observed.item_id) = line_ends.item_id
    left join removals
        on coalesce(live.item_id, observed.item_id) = removals.item_id

)

select
    items.item_id,
    items.subscription_id,
    greatest(
        windows.service_starts_on,
        -- An item as old as its subscription starts with the service; a later one, and
        -- one that only lines know, starts when it was made or first seen.
        case
            when items.created_on <= windows.created_on then windows.service_starts_on
            else {{ first_known(['items.created_on', 'items.first_observed_on']) }}
        end
    ) as starts_on,
    least(
        coalesce(items.ends_on, cast('9999-12-31' as date)),
        coalesce(windows.service_ends_on, cast('9999-12-31' as date))
    ) as ends_on,
from items
inner join {{ ref('int_subscriptions__service_windows') }} as windows
    on items.subscription_id = windows.subscription_id
