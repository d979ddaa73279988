{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_affected('occurred_on', ref('int_product__affected_days')) }}"
) }}
-- depends_on: {{ ref('int_product__affected_days') }}
-- Grain: one row per account, feature and day with a value event of the feature.
select
    usage.account_id,
    value_events.feature,
    usage.occurred_on,
    max(value_events.is_core) as is_core,
    max(value_events.is_first_value) as is_first_value,
    cast(sum(usage.event_count) as bigint) as value_event_count,
from {{ ref('int_product__usage_days') }} as usage
inner join {{ ref('value_events') }} as value_events
    on usage.event_name = value_events.event
where
    usage.account_id is not null
    {% if is_incremental() -%}
    and usage.occurred_on in (
        select affected.occurred_on,
        from {{ ref('int_product__affected_days') }} as affected
    )
    {%- endif %}
group by usage.account_id, value_events.feature, usage.occurred_on
