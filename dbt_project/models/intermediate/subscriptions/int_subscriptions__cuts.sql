-- Grain: one row per subscription and day on which anything about it changes.
with

-- A subscription's own discounts, and its customer's: two joins on equal keys, because one on
-- either compares each with each.
discounted as (

    {% for key in ['subscription_id', 'customer_id'] -%}
    select
        windows.subscription_id,
        discounts.starts_on,
        discounts.ends_on,
    from {{ ref('int_subscriptions__discount_windows') }} as discounts
    inner join {{ ref('int_subscriptions__service_windows') }} as windows
        on discounts.{{ key }} = windows.{{ key }}
    {%- if not loop.last %}

    union all

    {% endif -%}
    {% endfor %}

),

dates as (

    select
        windows.subscription_id,
        windows.service_starts_on as cut_on,
    from {{ ref('int_subscriptions__service_windows') }} as windows
    union
    select
        windows.subscription_id,
        windows.trial_starts_on,
    from {{ ref('int_subscriptions__service_windows') }} as windows
    union
    select
        windows.subscription_id,
        windows.trial_ends_on,
    from {{ ref('int_subscriptions__service_windows') }} as windows
    union
    select
        statuses.subscription_id,
        statuses.valid_from,
    from {{ ref('int_subscriptions__status_periods') }} as statuses
    union
    select
        statuses.subscription_id,
        statuses.pause_resumes_on,
    from {{ ref('int_subscriptions__status_periods') }} as statuses
    union
    select
        items.subscription_id,
        items.starts_on,
    from {{ ref('int_subscriptions__item_windows') }} as items
    union
    select
        items.subscription_id,
        items.ends_on,
    from {{ ref('int_subscriptions__item_windows') }} as items
    union
    select
        items.subscription_id,
        periods.valid_from,
    from {{ ref('int_subscriptions__item_periods') }} as periods
    inner join {{ ref('int_subscriptions__item_windows') }} as items
        on periods.item_id = items.item_id
    union
    select
        discounted.subscription_id,
        discounted.starts_on,
    from discounted
    union
    select
        discounted.subscription_id,
        discounted.ends_on,
    from discounted

)

select
    dates.subscription_id,
    dates.cut_on as valid_from,
    lead(
        dates.cut_on, 1, coalesce(windows.service_ends_on, cast('9999-12-31' as date))
    ) over (partition by dates.subscription_id order by dates.cut_on) as valid_to,
from dates
inner join {{ ref('int_subscriptions__service_windows') }} as windows
    on dates.subscription_id = windows.subscription_id
where
    dates.cut_on >= windows.service_starts_on
    and dates.cut_on < coalesce(windows.service_ends_on, cast('9999-12-31' as date))
