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

    select
        snapshots.snapshot_on,
        days.account_id,
        days.user_id,
        {{ dbt.datediff('days.occurred_on', 'snapshots.snapshot_on', 'day') }} as days_ago,
        extract('isodow' from days.occurred_on) <= 5 as is_working_day,
        days.value_event_count,
        days.transaction_count,
    from {{ ref('int_product__user_days') }} as days
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on
            days.occurred_on <= snapshots.snapshot_on
            and days.occurred_on > {{ dbt.dateadd('day', -60, 'snapshots.snapshot_on') }}
    where
        days.value_event_count > 0
        and days.user_id is not null
        {% if is_incremental() -%}
        and days.occurred_on > (
            select {{ dbt.dateadd('day', -60, 'min(affected.snapshot_on)') }}
            from {{ ref('int_product__affected_snapshots') }} as affected
        )
        and snapshots.snapshot_on in (
            select affected.snapshot_on,
            from {{ ref('int_product__affected_snapshots') }} as affected
        )
        {%- endif %}

)

select
    windows.snapshot_on,
    windows.account_id,
    windows.user_id,
    bool_or(windows.days_ago < 7) as is_active_7d,
    bool_or(windows.days_ago < 30) as is_active_30d,
    bool_or(windows.days_ago >= 30) as is_active_prior_30d,
    count(*) filter (where windows.days_ago < 7 and windows.is_working_day)
        as working_days_active_7d,
    cast(
        coalesce(sum(windows.value_event_count) filter (where windows.days_ago < 30), 0)
        as bigint
    ) as value_event_count_30d,
    cast(
        coalesce(sum(windows.transaction_count) filter (where windows.days_ago < 30), 0)
        as bigint
    ) as transaction_count_30d,
    cast(
        coalesce(sum(windows.transaction_count) filter (where windows.days_ago >= 30), 0)
        as bigint
    ) as transaction_count_prior_30d,
from windows
group by windows.snapshot_on, windows.account_id, windows.user_id
