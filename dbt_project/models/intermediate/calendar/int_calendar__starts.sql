-- Grain: one row per kind of event that can begin the calendar.
select
    'subscriptions' as started_by,
    min(segments.valid_from) as starts_on,
from {{ ref('int_subscriptions__segments') }} as segments

union all

select
    'coverage' as started_by,
    min(coverage.covered_from) as starts_on,
from {{ ref('stg_raw_meta__coverage') }} as coverage
