-- Grain: one row per kind of event that can begin the calendar: its first day.
-- Subscriptions begin it as they were delivered: after the timelines everything would descend
-- from whatever a price hangs on.
select
    'subscriptions' as started_by,
    min(cast(coalesce(subscriptions.started_at, subscriptions.created_at) as date)) as starts_on,
from {{ ref('int_subscriptions__last_seen') }} as subscriptions

{% for model in declared('segments') -%}
union all

select
    '{{ model }}' as started_by,
    min(own.valid_from) as starts_on,
from {{ ref(model) }} as own

{% endfor -%}
union all

select
    'coverage' as started_by,
    min(coverage.covered_from) as starts_on,
from {{ ref('stg_raw_meta__coverage') }} as coverage
