{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_affected(
        'snapshot_on', ref('int_product__affected_snapshots'), ref('int_calendar__snapshots')
    ) }}"
) }}
-- depends_on: {{ ref('int_product__affected_snapshots') }}
-- Grain: one row per snapshot day, account and feature used in the 30 days that end on it.
with

windows as (

    {{ snapshot_windows(30) }}

)

select
    windows.snapshot_on,
    days.account_id,
    days.feature,
    max(days.is_core) as is_core,
    cast(sum(days.value_event_count) as bigint) as value_event_count_30d,
from {{ ref('int_product__feature_days') }} as days
inner join windows
    on days.occurred_on = windows.occurred_on
group by windows.snapshot_on, days.account_id, days.feature
