{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=[
        "{{ forget_affected('occurred_on', ref('int_telemetry__affected_days')) }}",
        "{{ bound_affected(ref('int_telemetry__affected_days')) }}",
    ]
) }}
-- depends_on: {{ ref('int_telemetry__affected_days') }}
-- Grain: one row per service, account and day with requests.
{%- set buckets = latency_bounds() %}
with

-- A key names its minute, so a repeated delivery lies on the same day as the first.
rollups as (

    select rollups.*
    from {{ ref('stg_telemetry__request_rollups') }} as rollups
    {% if is_incremental() -%}
    where {{ is_affected('rollups.minute_at', ref('int_telemetry__affected_days')) }}
    {% endif -%}
    qualify row_number() over (
        partition by rollups.service, rollups.endpoint, rollups.account_id, rollups.minute_at
        order by rollups._file_order, rollups._file_row
    ) = 1

),

minutes as (

    select
        rollups.service,
        rollups.minute_at,
        sum(rollups.request_count) as request_count,
        sum(rollups.error_count) as error_count,
        {%- for bound in buckets %}
        sum(rollups.le_{{ bound }}) as le_{{ bound }},
        {%- endfor %}
    from rollups
    group by rollups.service, rollups.minute_at

),

-- A service without an objective is never slow; failing needs none.
judged as (

    select
        minutes.service,
        minutes.minute_at,
        coalesce(
            {{ latency_percentile(0.95, 'minutes') }} > levels.latency_slo_ms, false
        ) as is_slow,
        minutes.error_count
        >= {{ var('failing_minute_share') }} * nullif(minutes.request_count, 0) as is_failing,
    from minutes
    left join {{ ref('service_levels') }} as levels
        on minutes.service = levels.service and minutes.minute_at >= levels.valid_from
    qualify row_number() over (
        partition by minutes.service, minutes.minute_at
        order by levels.valid_from desc nulls last
    ) = 1

)

select
    rollups.service,
    rollups.account_id,
    cast(rollups.minute_at as date) as occurred_on,
    cast(sum(rollups.request_count) as bigint) as request_count,
    cast(sum(rollups.error_count) as bigint) as error_count,
    {%- for bound in buckets %}
    cast(sum(rollups.le_{{ bound }}) as bigint) as le_{{ bound }},
    {%- endfor %}
    coalesce(
        list_sort(list(distinct rollups.minute_at) filter (where judged.is_slow)),
        cast([] as timestamp[])
    ) as slow_minutes,
    coalesce(
        list_sort(
            list(distinct rollups.minute_at) filter (where judged.is_slow or judged.is_failing)
        ),
        cast([] as timestamp[])
    ) as bad_minutes,
from rollups
inner join judged
    on rollups.service = judged.service and rollups.minute_at = judged.minute_at
group by rollups.service, rollups.account_id, cast(rollups.minute_at as date)
