-- Grain: one row per metric, period at its own grain, kind of event and what it was about.
with

-- What a metric is made of says which events can move it.
resting as (

    select distinct
        lineage.metric_id,
        lineage.from_table,
    from {{ ref('metric_lineage') }} as lineage
    where lineage.from_table in ('int_incidents__timelines', 'fct_customer_months')

),

-- A new price is one that several customers have from the same day on; one alone was negotiated.
price_days as (

    select
        movements.occurred_on,
        count(distinct movements.customer_id) as customer_count,
    from {{ ref('fct_mrr_movements') }} as movements
    where movements.movement_reason = 'price'
    group by movements.occurred_on
    having count(distinct movements.customer_id) >= 5

),

happened as (

    select
        resting.metric_id,
        'incident' as kind,
        incidents.service as subject,
        cast(incidents.opened_at as date) as began_on,
        cast(incidents.opened_at as date) as ended_on,
        1 as event_count,
    from {{ ref('int_incidents__timelines') }} as incidents
    inner join resting
        on resting.from_table = 'int_incidents__timelines'
    where incidents.is_outage

    union all

    select
        resting.metric_id,
        'price_change' as kind,
        'price' as subject,
        price_days.occurred_on as began_on,
        price_days.occurred_on as ended_on,
        price_days.customer_count as event_count,
    from price_days
    inner join resting
        on resting.from_table = 'fct_customer_months'

    union all

    select
        readouts.metric_id,
        'experiment' as kind,
        readouts.experiment_id as subject,
        readouts.starts_on as began_on,
        coalesce(readouts.ends_on, run.as_of) as ended_on,
        1 as event_count,
    from {{ ref('experiment_readouts') }} as readouts
    cross join {{ ref('int_calendar__run') }} as run
    where readouts.starts_on <= run.as_of
    group by all

),

-- Periods of totals that have begun.
periods as (

    select
        values_of.metric_id,
        values_of.grain,
        values_of.period_start,
        values_of.period_end,
    from {{ ref('metric_values') }} as values_of
    inner join {{ ref('int_metrics__own_grains') }} as own_grains
        on
            values_of.metric_id = own_grains.metric_id
            and values_of.grain = own_grains.own_grain
    where values_of.dimension = 'total'

),

standing as (

    select
        periods.metric_id,
        periods.grain,
        periods.period_start,
        periods.period_end,
        happened.kind,
        happened.subject,
        min({{ at_least('happened.began_on', 'periods.period_start') }}) as happened_on,
        sum(happened.event_count) as event_count,
    from periods
    inner join happened
        on
            periods.metric_id = happened.metric_id
            and periods.period_end >= happened.began_on
            and periods.period_start <= happened.ended_on
    group by
        periods.metric_id,
        periods.grain,
        periods.period_start,
        periods.period_end,
        happened.kind,
        happened.subject

    union all

    -- What was published of the period is known otherwise since.
    select
        restated.metric_id,
        restated.grain,
        restated.period_start,
        restated.period_end,
        case restated.reason
            when 'late_data' then 'late_delivery' else 'changed_definition'
        end as kind,
        'restatement' as subject,
        restated.period_start as happened_on,
        count(*) as event_count,
    from {{ ref('metric_restatements') }} as restated
    inner join periods
        on
            restated.metric_id = periods.metric_id
            and restated.grain = periods.grain
            and restated.period_start = periods.period_start
    where restated.dimension = 'total' and restated.reason in ('late_data', 'definition_change')
    group by all

),

period_events as (

    select
        standing.metric_id,
        standing.grain,
        standing.period_start,
        standing.period_end,
        standing.kind,
        standing.subject,
        cast(standing.happened_on as date) as happened_on,
        cast(standing.event_count as integer) as event_count,
        case standing.kind
            when 'incident'
                then
                    standing.event_count
                    || case when standing.event_count = 1 then ' incident' else ' incidents' end
                    || ' of ' || standing.subject
            when 'price_change'
                then
                    'new price of ' || standing.event_count || ' customers, from '
                    || cast(standing.happened_on as date)
            when 'experiment' then 'experiment ' || replace(standing.subject, '_', ' ')
            when 'late_delivery' then 'restated by data that came late'
            else 'restated by a changed definition'
        end as told,
    from standing

)

select * from period_events
