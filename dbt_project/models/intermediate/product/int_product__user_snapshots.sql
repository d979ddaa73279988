{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_affected(
        'snapshot_on', ref('int_product__affected_snapshots'), ref('int_calendar__snapshots')
    ) }}"
) }}
-- depends_on: {{ ref('int_product__affected_snapshots') }}
-- Grain: one row per snapshot day, account and user with a value event in the 60 days that end
-- on it.
with

windows as (

    {{ snapshot_windows(60) }}

),

flagged as (

    select
        windows.snapshot_on,
        windows.occurred_on,
        windows.days_ago < 7 as is_7d,
        windows.days_ago < 30 as is_30d,
        windows.days_ago < 7 and extract('isodow' from windows.occurred_on) <= 5
            as is_working_day_7d,
    from windows

)

select
    flagged.snapshot_on,
    days.account_id,
    days.user_id,
    bool_or(flagged.is_7d) as is_active_7d,
    bool_or(flagged.is_30d) as is_active_30d,
    bool_or(not flagged.is_30d) as is_active_prior_30d,
    count(*) filter (where flagged.is_working_day_7d) as working_days_active_7d,
    cast(
        coalesce(sum(days.value_event_count) filter (where flagged.is_30d), 0) as bigint
    ) as value_event_count_30d,
    cast(
        coalesce(sum(days.transaction_count) filter (where flagged.is_30d), 0) as bigint
    ) as transaction_count_30d,
    cast(
        coalesce(sum(days.transaction_count) filter (where not flagged.is_30d), 0) as bigint
    ) as transaction_count_prior_30d,
from {{ ref('int_product__user_days') }} as days
inner join flagged
    on days.occurred_on = flagged.occurred_on
where days.value_event_count > 0 and days.user_id is not null
group by flagged.snapshot_on, days.account_id, days.user_id
