{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_affected('occurred_on', ref('int_product__affected_days')) }}"
) }}
-- depends_on: {{ ref('int_product__affected_days') }}
-- Grain: one row per account, user and day with any event.
select
    usage.account_id,
    usage.user_id,
    usage.occurred_on,
    cast(sum(usage.event_count) as bigint) as event_count,
    cast(
        coalesce(sum(usage.event_count) filter (where value_events.event is not null), 0)
        as bigint
    ) as value_event_count,
    cast(
        coalesce(sum(usage.event_count) filter (where value_events.is_transaction), 0)
        as bigint
    ) as transaction_count,
from {{ ref('int_product__usage_days') }} as usage
left join {{ ref('value_events') }} as value_events
    on usage.event_name = value_events.event
where
    usage.account_id is not null
    {% if is_incremental() -%}
    and usage.occurred_on in (
        select affected.occurred_on,
        from {{ ref('int_product__affected_days') }} as affected
    )
    {%- endif %}
group by usage.account_id, usage.user_id, usage.occurred_on
