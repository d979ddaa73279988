-- Grain: one row per customer that has not left and measure that it may see of itself.
{%- set recent = dbt.dateadd('day', -90, 'run.as_of') -%}
{%- set before = dbt.dateadd('day', -455, 'run.as_of') %}
{%- set is_recent = 'readings.day_on > ' ~ recent -%}
{%- set is_before = 'readings.day_on > ' ~ before ~ ' and readings.day_on <= ' ~ recent -%}
{%- set average = exact_sum('readings.measure', 'filter (where CONDITION)')
    ~ ' / nullif(sum(readings.case_count) filter (where CONDITION), 0)' %}
with

measures as (

    select
        readings.customer_id,
        readings.segment,
        readings.measure_id,
        readings.metric_id,
        case any_value(readings.summary)
            -- As it stands on the day.
            when 'last' then max(readings.measure) filter (where readings.day_on = run.as_of)
            when 'once' then max(readings.measure)
            -- What happened in the last ninety days.
            when 'median' then median(readings.measure) filter (where {{ is_recent }})
            else {{ average | replace('CONDITION', is_recent) }}
        end as value,
        -- The year that ended ninety days ago: its month ends, or what happened in it.
        case any_value(readings.summary)
            when 'median' then median(readings.measure) filter (where {{ is_before }})
            when 'once' then null
            else {{ average | replace('CONDITION', is_before) }}
        end as baseline_value,
    from {{ ref('int_customers__readings') }} as readings
    cross join {{ ref('int_calendar__run') }} as run
    group by
        readings.customer_id, readings.segment, readings.measure_id, readings.metric_id

)

select
    measures.customer_id,
    measures.segment,
    measures.measure_id,
    measures.metric_id,
    measures.value,
    measures.baseline_value,
from measures
where measures.value is not null
