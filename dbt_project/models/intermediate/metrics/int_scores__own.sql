-- Grain: one row per metric and snapshot (month ends, and the day of the run).
with

snapshots as (

    select months.period_end_on as snapshot_on,
    from {{ ref('int_calendar__months') }} as months

)

select
    snapshots.snapshot_on,
    judged.*,
from snapshots
inner join {{ ref('int_metrics__judged') }} as judged
    on snapshots.snapshot_on >= judged.known_on
where
    -- Two periods late is silence, not a result.
    {{ dbt.datediff('judged.known_on', 'snapshots.snapshot_on', 'day') }}
    < 2 * (1 + {{ dbt.datediff('judged.period_start', 'judged.period_end', 'day') }})
qualify
    row_number() over (
        partition by snapshots.snapshot_on, judged.metric_id
        order by judged.period_start desc
    ) = 1
