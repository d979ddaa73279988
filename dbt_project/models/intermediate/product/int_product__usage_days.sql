{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=[
        "{{ forget_affected('occurred_on', ref('int_product__affected_days')) }}",
        "{{ bound_affected(ref('int_product__affected_days')) }}",
    ]
) }}
-- depends_on: {{ ref('int_product__affected_days') }}
-- Grain: one row per account, user, event and day.
{%- set window = var('dedupe_window_days') %}
with

-- Raw events are read each time that they are asked for: DuckDB would write down what is read
-- more than once, of a hundred million events 14 GB to disk, and take three times as long.
events as not materialized (

    select
        tracks.event_id,
        tracks.event_name,
        tracks.user_id,
        tracks.account_id,
        tracks.occurred_at,
        tracks._file_order,
        tracks._file_row,
    from {{ ref('stg_segment__tracks') }} as tracks
    where
        tracks.occurred_at is not null
        {% if is_incremental() -%}
        and {{ is_affected('tracks.occurred_at', ref('int_product__affected_days')) }}
        {%- endif %}

),

{% if is_incremental() -%}
-- Each id of them as it stands in the week before: most stand nowhere else.
known as (

    select
        tracks.event_id,
        tracks.occurred_at,
        tracks._file_order,
        tracks._file_row,
    from {{ ref('stg_segment__tracks') }} as tracks
    where
        tracks.occurred_at >= {{ dbt.dateadd('day', -window, affected_from()) }}
        and tracks.event_id in (select events.event_id from events)

),
{%- else -%}
known as not materialized (

    select
        events.event_id,
        events.occurred_at,
        events._file_order,
        events._file_row,
    from events

),
{%- endif %}

-- By their hash, which takes half of the memory that ids take: who shares another's is judged by
-- the id all the same.
duplicates as (

    select hash(known.event_id) as id_hash,
    from known
    where known.event_id is not null
    group by hash(known.event_id)
    having count(*) > 1

),

repeats as (

    select
        judged._file_order,
        judged._file_row,
    from (
        select
            known._file_order,
            known._file_row,
            known.occurred_at,
            lag(known.occurred_at) over (
                partition by known.event_id
                order by known.occurred_at, known._file_order, known._file_row
            ) as stood_at,
        from known
        where hash(known.event_id) in (select duplicates.id_hash from duplicates)
    ) as judged
    where judged.occurred_at <= {{ dbt.dateadd('day', window, 'judged.stood_at') }}

)

select
    events.account_id,
    events.user_id,
    events.event_name,
    cast(events.occurred_at as date) as occurred_on,
    count(*) as event_count,
from events
left join repeats
    on events._file_order = repeats._file_order and events._file_row = repeats._file_row
where repeats._file_order is null
group by
    events.account_id,
    events.user_id,
    events.event_name,
    cast(events.occurred_at as date)
