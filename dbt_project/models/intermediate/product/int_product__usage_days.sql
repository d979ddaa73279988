{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='occurred_on',
    on_schema_change='fail'
) }}
-- depends_on: {{ ref('int_product__affected_days') }}
-- Grain: one row per account, user, event and day; each event counted once, on the day of
-- the delivery that came first.
{%- set window = var('dedupe_window_days') %}
with

events as (

    select
        tracks.event_id,
        tracks.event_name,
        tracks.user_id,
        tracks.account_id,
        cast(tracks.occurred_at as date) as occurred_on,
        tracks._load_id,
        tracks._file_row,
    from {{ ref('stg_segment__tracks') }} as tracks
    where
        tracks.occurred_at is not null
        {% if is_incremental() -%}
        and cast(tracks.occurred_at as date) in (
            select affected.occurred_on
            from {{ ref('int_product__affected_days') }} as affected
        )
        {%- endif %}

),

-- An event that was delivered before, possibly under another day, stays where it was.
{% if is_incremental() -%}
delivered_before as (

    select
        tracks.event_id,
        min(struct_pack(load_id := tracks._load_id, file_row := tracks._file_row))
            as first_delivery,
    from {{ ref('stg_segment__tracks') }} as tracks
    where
        tracks.occurred_at >= (
            select {{ dbt.dateadd('day', -window, 'min(affected.occurred_on)') }}
            from {{ ref('int_product__affected_days') }} as affected
        )
        and tracks.event_id in (select events.event_id from events)
    group by tracks.event_id

),

deduplicated as (

    select events.*
    from events
    inner join delivered_before
        on
            events.event_id = delivered_before.event_id
            and struct_pack(load_id := events._load_id, file_row := events._file_row)
            = delivered_before.first_delivery

)
{%- else -%}
deduplicated as (

    select events.*
    from events
    qualify row_number() over (
        partition by events.event_id order by events._load_id, events._file_row
    ) = 1

)
{%- endif %}

select
    deduplicated.account_id,
    deduplicated.user_id,
    deduplicated.event_name,
    deduplicated.occurred_on,
    count(*) as event_count,
from deduplicated
group by
    deduplicated.account_id,
    deduplicated.user_id,
    deduplicated.event_name,
    deduplicated.occurred_on
