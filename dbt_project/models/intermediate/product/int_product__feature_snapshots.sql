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
select
    snapshots.snapshot_on,
    days.account_id,
    days.feature,
    max(days.is_core) as is_core,
    cast(sum(days.value_event_count) as bigint) as value_event_count_30d,
from {{ ref('int_product__feature_days') }} as days
inner join {{ ref('int_calendar__snapshots') }} as snapshots
    on
        days.occurred_on <= snapshots.snapshot_on
        and days.occurred_on > {{ dbt.dateadd('day', -30, 'snapshots.snapshot_on') }}
{% if is_incremental() -%}
where
    days.occurred_on > (
        select {{ dbt.dateadd('day', -30, 'min(affected.snapshot_on)') }}
        from {{ ref('int_product__affected_snapshots') }} as affected
    )
    and snapshots.snapshot_on in (
        select affected.snapshot_on,
        from {{ ref('int_product__affected_snapshots') }} as affected
    )
{%- endif %}
group by snapshots.snapshot_on, days.account_id, days.feature
