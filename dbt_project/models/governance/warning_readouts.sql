-- Grain: one row per warning sign, health band, the outlook's warning or any sign, and segment or
-- the total.
{% set days_after = 90 -%}
{% set leads = [0, 7, 30, 60, 90] -%}
with

-- Of customers in a segment, and of all.
segments as (

    select
        customers.customer_id,
        parts.segment,
    from {{ ref('dim_customers') }} as customers
    cross join unnest([customers.segment, 'total']) as parts (segment)

),

losses as (

    select
        movements.customer_id,
        movements.occurred_on as left_on,
        -movements.mrr_change as mrr,
        segments.segment,
    from {{ ref('fct_mrr_movements') }} as movements
    inner join segments
        on movements.customer_id = segments.customer_id
    where movements.movement_type = 'churn'

),

-- Before the first outlook nobody could be warned by one.
signals as (

    select
        spells.signal,
        case
            when spells.signal = 'likely_to_leave'
                then (
                    select min(predictions.known_on)
                    from {{ ref('int_outlook__predictions') }} as predictions
                    where {{ is_foretold_loss('predictions', days_after) }}
                )
        end as known_from,
    from {{ ref('int_warnings__judged') }} as spells
    group by spells.signal

),

-- Which of the losses a sign was running for, so many days before; 0 is the day before.
warned as (

    select
        signals.signal,
        losses.segment,
        losses.customer_id,
        losses.left_on,
        losses.mrr,
        {% for lead in leads -%}
        coalesce(bool_or(
            spells.began_on <= {{ dbt.dateadd('day', -([lead, 1] | max), 'losses.left_on') }}
            and coalesce(spells.ended_on, losses.left_on)
            > {{ dbt.dateadd('day', -([lead, 1] | max), 'losses.left_on') }}
        ), false) as is_warned_{{ lead }}d,
        {% endfor -%}
        max(
            case
                when
                    spells.began_on < losses.left_on
                    and coalesce(spells.ended_on, losses.left_on) >= losses.left_on
                    then {{ dbt.datediff('spells.began_on', 'losses.left_on', 'day') }}
            end
        ) as lead_days,
    from signals
    inner join losses
        on
            coalesce(
                losses.left_on
                >= {{ dbt.dateadd('day', leads | max, 'signals.known_from') }},
                true
            )
    left join {{ ref('int_warnings__judged') }} as spells
        on
            signals.signal = spells.signal
            and losses.customer_id = spells.customer_id
            and losses.left_on > spells.began_on
    group by
        signals.signal, losses.segment, losses.customer_id, losses.left_on, losses.mrr

),

recalled as (

    select
        warned.signal,
        warned.segment,
        count(*) as lost_count,
        sum(warned.mrr) as lost_mrr,
        {% for lead in leads -%}
        count(*) filter (where warned.is_warned_{{ lead }}d) as warned_count_{{ lead }}d,
        coalesce(sum(warned.mrr) filter (where warned.is_warned_{{ lead }}d), 0)
            as warned_mrr_{{ lead }}d,
        {% endfor -%}
        median(warned.lead_days) as median_lead_days,
    from warned
    group by warned.signal, warned.segment

),

lives as (

    select
        movements.customer_id,
        movements.occurred_on as left_on,
    from {{ ref('fct_mrr_movements') }} as movements
    where movements.movement_type = 'churn'

),

-- Every spell is a warning; what may still happen within the days after it waits.
followed as (

    select
        spells.signal,
        segments.segment,
        {{ dbt.dateadd('day', days_after, 'spells.began_on') }} <= run.as_of as is_known,
        coalesce(
            lives.left_on <= {{ dbt.dateadd('day', days_after, 'spells.began_on') }}, false
        ) as has_left,
    from {{ ref('int_warnings__judged') }} as spells
    cross join {{ ref('int_calendar__run') }} as run
    inner join segments
        on spells.customer_id = segments.customer_id
    asof left join lives
        on spells.customer_id = lives.customer_id and spells.began_on < lives.left_on

),

kept as (

    select
        followed.signal,
        followed.segment,
        count(*) filter (where followed.is_known) as warning_count,
        count(*) filter (where followed.is_known and followed.has_left) as left_count,
        count(*) filter (where not followed.is_known) as pending_count,
    from followed
    group by followed.signal, followed.segment

),

-- What anybody loses: of those who paid at the end of a month, who left in the days after it.
paid as (

    select
        segments.segment,
        months.period_end_on,
        count(*) as paying_count,
        count(*) filter (
            where lives.left_on <= {{ dbt.dateadd('day', days_after, 'months.period_end_on') }}
        ) as left_count,
    from {{ ref('fct_customer_months') }} as months
    cross join {{ ref('int_calendar__run') }} as run
    inner join segments
        on months.customer_id = segments.customer_id
    asof left join lives
        on months.customer_id = lives.customer_id and months.period_end_on < lives.left_on
    where
        months.closing_mrr > 0
        and {{ dbt.dateadd('day', days_after, 'months.period_end_on') }} <= run.as_of
    group by segments.segment, months.period_end_on

),

based as (

    select
        signals.signal,
        paid.segment,
        sum(paid.left_count) / nullif(sum(paid.paying_count), 0) as base_rate,
    from signals
    inner join paid
        on coalesce(signals.known_from <= paid.period_end_on, true)
    group by signals.signal, paid.segment

),

judged as (

    select
        kept.signal,
        kept.segment,
        kept.warning_count,
        kept.pending_count,
        kept.left_count,
        kept.left_count / nullif(kept.warning_count, 0) as precision,
        cast({{ wilson('kept.left_count', 'kept.warning_count', '-') }} as double)
            as precision_lower,
        cast({{ wilson('kept.left_count', 'kept.warning_count', '+') }} as double)
            as precision_upper,
        based.base_rate,
        recalled.lost_count,
        recalled.lost_mrr,
        {% for lead in leads -%}
        recalled.warned_count_{{ lead }}d / nullif(recalled.lost_count, 0)
            as recall_{{ lead }}d,
        recalled.warned_mrr_{{ lead }}d / nullif(recalled.lost_mrr, 0)
            as recall_mrr_{{ lead }}d,
        {% endfor -%}
        recalled.median_lead_days,
    from kept
    left join based
        on kept.signal = based.signal and kept.segment = based.segment
    left join recalled
        on kept.signal = recalled.signal and kept.segment = recalled.segment

),

warning_readouts as (

    select
        judged.signal,
        judged.segment,
        cast({{ days_after }} as integer) as days_after,
        cast(judged.warning_count as integer) as warning_count,
        cast(judged.pending_count as integer) as pending_count,
        cast(judged.left_count as integer) as left_count,
        cast(judged.precision as double) as precision,
        judged.precision_lower,
        judged.precision_upper,
        cast(judged.base_rate as double) as base_rate,
        cast(judged.precision / nullif(judged.base_rate, 0) as double) as lift,
        cast(coalesce(judged.lost_count, 0) as integer) as lost_count,
        cast(judged.lost_mrr as double) as lost_mrr,
        {% for lead in leads -%}
        cast(judged.recall_{{ lead }}d as double) as recall_{{ lead }}d,
        cast(judged.recall_mrr_{{ lead }}d as double) as recall_mrr_{{ lead }}d,
        {% endfor -%}
        cast(judged.median_lead_days as double) as median_lead_days,
        -- A sign warns where chance alone would hardly have it come true so often.
        case
            when judged.warning_count < 10 or judged.base_rate is null then 'too_few'
            when judged.precision_lower > judged.base_rate then 'warns'
            else 'no_better_than_base_rate'
        end as verdict,
    from judged

)

select * from warning_readouts
