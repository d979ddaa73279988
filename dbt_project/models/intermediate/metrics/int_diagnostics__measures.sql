-- Grain: one row per measure that questions alone ask of, segment or the total, and month.
with

-- Of customers in a segment, and of all.
slices as (

    select
        customers.customer_id,
        parts.dimension,
        case parts.dimension when 'total' then 'total' else customers.segment end
            as dimension_value,
    from {{ ref('dim_customers') }} as customers
    cross join unnest(['total', 'segment']) as parts (dimension)

),

months as (

    select
        months.month_start,
        months.period_end_on,
        cast({{ dbt.dateadd('day', -1, 'months.month_start') }} as date) as before_on,
    from {{ ref('int_calendar__months') }} as months
    where months.is_complete

),

-- Months before whose first day somebody had a score.
scored as (

    select distinct
        months.month_start,
        months.period_end_on,
        months.before_on,
        slices.dimension,
        slices.dimension_value,
    from months
    inner join {{ ref('fct_customer_health') }} as health
        on months.before_on = health.snapshot_on and health.health_score is not null
    inner join slices
        on health.customer_id = slices.customer_id

),

-- Who pauses comes back; whoever had no score was neither well nor ill.
losses as (

    select
        months.month_start,
        slices.dimension,
        slices.dimension_value,
        sum(-movements.mrr_change) as lost_mrr,
        coalesce(sum(-movements.mrr_change) filter (where health.health_score >= 75), 0)
            as healthy_mrr,
        count(distinct movements.customer_id) as lost_count,
        count(distinct movements.customer_id) filter (where health.health_score >= 75)
            as healthy_count,
    from months
    inner join {{ ref('fct_mrr_movements') }} as movements
        on
            movements.occurred_on between months.month_start and months.period_end_on
            and movements.movement_type = 'churn'
            and movements.movement_reason != 'pause'
    inner join {{ ref('fct_customer_health') }} as health
        on
            movements.customer_id = health.customer_id
            and months.before_on = health.snapshot_on
            and health.health_score is not null
    inner join slices
        on movements.customer_id = slices.customer_id
    group by months.month_start, slices.dimension, slices.dimension_value

),

-- By when the first step on a notice is due.
due as (

    select min(steps.due_days) as due_days,
    from {{ ref('playbook_triggers') }} as triggers
    inner join {{ ref('playbook_steps') }} as steps
        on triggers.playbook_id = steps.playbook_id
    where triggers.trigger_type = 'customer' and triggers.trigger = 'notice_given'

),

notices as (

    select
        spells.customer_id,
        spells.began_on,
        cast({{ dbt.dateadd('day', 'due.due_days', 'spells.began_on') }} as date) as due_on,
        spells.ended_on,
        min(contacts.contacted_on) as contacted_on,
    from {{ ref('int_warnings__spells') }} as spells
    cross join due
    left join {{ ref('int_customers__contacts') }} as contacts
        on
            spells.customer_id = contacts.customer_id
            and spells.began_on <= contacts.contacted_on
    where spells.signal = 'notice_given'
    group by spells.customer_id, spells.began_on, due.due_days, spells.ended_on

),

-- At the end of each month since somebody records contacts at all.
running as (

    select
        months.month_start,
        months.period_end_on,
        slices.dimension,
        slices.dimension_value,
        count(distinct notices.customer_id) as notice_count,
        count(distinct notices.customer_id) filter (
            where coalesce(notices.contacted_on > months.period_end_on, true)
        ) as without_count,
    from months
    cross join slices
    left join notices
        on
            slices.customer_id = notices.customer_id
            and months.period_end_on > notices.due_on
            and coalesce(months.period_end_on < notices.ended_on, true)
    where
        months.month_start >= (
            select min(contacts.contacted_on) from {{ ref('int_customers__contacts') }} as contacts
        )
    group by
        months.month_start, months.period_end_on, slices.dimension, slices.dimension_value

),

-- Beside each month what was lost in it; nothing where nobody left.
left_well as (

    select
        scored.dimension,
        scored.dimension_value,
        scored.month_start,
        scored.period_end_on,
        losses.healthy_mrr / nullif(losses.lost_mrr, 0) as healthy_share,
        losses.healthy_count,
        losses.lost_count,
    from scored
    left join losses
        on
            scored.month_start = losses.month_start
            and scored.dimension = losses.dimension
            and scored.dimension_value = losses.dimension_value

)

select
    'healthy_churn_share' as measure_id,
    left_well.dimension,
    left_well.dimension_value,
    left_well.month_start,
    left_well.period_end_on,
    cast(left_well.healthy_share as double) as value,
    cast(left_well.lost_count as double) as denominator,
from left_well

union all

-- Nobody left: none of them was well.
select
    'healthy_churn_count' as measure_id,
    left_well.dimension,
    left_well.dimension_value,
    left_well.month_start,
    left_well.period_end_on,
    cast(coalesce(left_well.healthy_count, 0) as double) as value,
    cast(coalesce(left_well.lost_count, 0) as double) as denominator,
from left_well

union all

select
    'notices_without_step' as measure_id,
    running.dimension,
    running.dimension_value,
    running.month_start,
    running.period_end_on,
    cast(running.without_count as double) as value,
    cast(running.notice_count as double) as denominator,
from running
