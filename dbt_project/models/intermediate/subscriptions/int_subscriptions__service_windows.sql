-- Grain: one row per subscription.
with

first_seen_canceled as (

    select
        observed.subscription_id,
        min(observed.observed_at) as canceled_at,
    from {{ ref('int_subscriptions__status_observations') }} as observed
    where observed.status = 'canceled'
    group by observed.subscription_id

),

-- Since API 2025-03-31 the end of the period stands on items. Where their cycles differ, a
-- cancellation at period end takes the earliest.
item_periods as (

    select
        items.subscription_id,
        min(items.current_period_ends_at) as current_period_ends_at,
    from (
        select versions.*
        from {{ ref('int_billing__subscription_item_versions') }} as versions
        qualify row_number() over (
            partition by versions.item_id
            order by
                versions.synced_at desc nulls last,
                versions._file_order desc,
                versions._file_row desc
        ) = 1
    ) as items
    where not items.is_deleted
    group by items.subscription_id

),

-- The vendor's own end, and the ends that deletions imply.
ends as (

    select
        subscriptions.subscription_id,
        coalesce(
            subscriptions.ended_at,
            subscriptions.cancel_at,
            case
                when subscriptions.is_cancelled_at_period_end
                    then coalesce(
                        subscriptions.current_period_ends_at,
                        item_periods.current_period_ends_at
                    )
            end,
            case
                when subscriptions.status = 'canceled'
                    then coalesce(
                        subscriptions.cancelled_at, first_seen_canceled.canceled_at
                    )
            end
        ) as stated_end_at,
        {{ first_known(['subscriptions.deleted_at', 'customers.deleted_at']) }} as deleted_at,
    from {{ ref('int_subscriptions__last_seen') }} as subscriptions
    left join first_seen_canceled
        on subscriptions.subscription_id = first_seen_canceled.subscription_id
    left join item_periods
        on subscriptions.subscription_id = item_periods.subscription_id
    left join {{ ref('int_billing__customers') }} as customers
        on
            subscriptions.customer_id = customers.customer_id
            and subscriptions.source_name = customers.source_name

)

select
    subscriptions.source_name,
    subscriptions.subscription_id,
    subscriptions.customer_id,
    subscriptions.status as latest_status,
    cast(coalesce(subscriptions.created_at, subscriptions.started_at) as date) as created_on,
    cast(
        coalesce(subscriptions.started_at, subscriptions.created_at) as date
    ) as service_starts_on,
    cast({{ first_known(['ends.stated_end_at', 'ends.deleted_at']) }} as date) as service_ends_on,
    -- Since when the end could be known: the day of cancelling, or the end itself.
    cast(
        coalesce(subscriptions.cancelled_at, ends.stated_end_at, ends.deleted_at) as date
    ) as end_known_on,
    cast(subscriptions.trial_started_at as date) as trial_starts_on,
    cast(subscriptions.trial_ends_at as date) as trial_ends_on,
    subscriptions._file,
    subscriptions._file_row,
from {{ ref('int_subscriptions__last_seen') }} as subscriptions
inner join ends
    on subscriptions.subscription_id = ends.subscription_id
