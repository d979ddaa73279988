-- Grain: one row per metric, grain, period and slice of which something else was published last.
with

published as (

    select published_values.*
    from {{ ref('stg_raw_meta__published_values') }} as published_values
    qualify row_number() over (
        partition by
            published_values.metric_id,
            published_values.grain,
            published_values.period_start,
            published_values.dimension,
            published_values.dimension_value
        order by published_values.publication_number desc
    ) = 1

),

-- A day before the last report looks back at it and is none itself.
reported as (

    select
        max(publications.publication_number) as publication_number,
        max(publications.as_of) as as_of,
    from {{ ref('stg_raw_meta__publications') }} as publications

),

comparable as (

    select
        published.*,
        metric_values.is_complete as is_still_complete,
        metric_values.value as value_now,
        metric_values.state as state_now,
    from published
    cross join {{ ref('int_calendar__run') }} as run
    inner join reported
        on run.as_of >= reported.as_of
    left join {{ ref('metric_values') }} as metric_values
        on
            published.metric_id = metric_values.metric_id
            and published.grain = metric_values.grain
            and published.period_start = metric_values.period_start
            and published.dimension = metric_values.dimension
            and published.dimension_value = metric_values.dimension_value

),

-- A slice that has gone is a restatement where its total is still there.
complete_totals as (

    select
        metric_values.metric_id,
        metric_values.grain,
        metric_values.period_start,
    from {{ ref('metric_values') }} as metric_values
    where
        metric_values.dimension = 'total'
        and metric_values.is_complete
        and metric_values.grain != 'day'

)

select
    comparable.metric_id,
    comparable.grain,
    comparable.period_start,
    comparable.period_end,
    comparable.dimension,
    comparable.dimension_value,
    comparable.value as value_before,
    comparable.state as state_before,
    comparable.value_now as value_after,
    coalesce(comparable.state_now, 'absent') as state_after,
from comparable
left join complete_totals
    on
        comparable.metric_id = complete_totals.metric_id
        and comparable.grain = complete_totals.grain
        and comparable.period_start = complete_totals.period_start
where
    coalesce(comparable.is_still_complete, complete_totals.metric_id is not null)
    and (
        comparable.state != coalesce(comparable.state_now, 'absent')
        -- Sums in another order differ in their last digits; that is no restatement.
        or abs(comparable.value - comparable.value_now)
        > 1e-9 * greatest(abs(comparable.value), abs(comparable.value_now), 1)
    )
