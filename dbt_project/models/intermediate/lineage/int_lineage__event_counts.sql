{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_loads() }}"
) }}
-- depends_on: {{ ref('stg_raw_meta__files') }}
-- Grain: one row per load of events, column by which they are counted and value of it; of those
-- that are counted by day, one per day.
with

{# First of all the columns and their types. #}counts as (

    select
        cast(null as varchar) as model_name,
        cast(null as varchar) as counted_by,
        cast(null as varchar) as counted_per,
        cast(null as varchar) as counted_value,
        cast(null as date) as happened_on,
        cast(null as varchar) as _file,
        cast(null as bigint) as _load_id,
        cast(null as bigint) as row_count,
    where false

    {% for events in declared('counted') -%}
    {% set day = 'cast(' ~ (events.day or 'null') ~ ' as date)' -%}
    union all

    select
        '{{ events.model }}' as model_name,
        '{{ events.counted_by }}' as counted_by,
        '{{ events.count }}' as counted_per,
        cast(spoken.{{ events.counted_by }} as varchar) as counted_value,
        {{ day if events.count == 'day' else 'min(' ~ day ~ ')' }} as happened_on,
        spoken._file,
        spoken._load_id,
        count(*) as row_count,
    from {{ ref(events.model) }} as spoken
    where
        spoken.{{ events.counted_by }} is not null
        {% if is_incremental() -%}
        and spoken._load_id in (
            select files.load_id,
            from {{ ref('stg_raw_meta__files') }} as files
            where files.is_new
        )
        {% endif -%}
    group by
        spoken.{{ events.counted_by }}, spoken._file, spoken._load_id
        {{- ', ' ~ day if events.count == 'day' }}

    {% endfor %}

)

select * from counts
