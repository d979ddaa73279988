-- Grain: one row per customer and sign that it could buy more.
with

bought as (

    select
        signals.customer_id,
        signals.snapshot_on,
        signals.signal,
        max(signals.mrr) as mrr,
        coalesce(sum(movements.mrr_change), 0) as expansion_mrr,
    from {{ ref('int_expansion__signals') }} as signals
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('fct_mrr_movements') }} as movements
        on
            signals.customer_id = movements.customer_id
            and movements.movement_type = 'expansion'
            and movements.movement_reason in ('seats', 'tier', 'product')
            and movements.mrr_change > 0
            and signals.snapshot_on < movements.occurred_on
            and movements.occurred_on <= {{ dbt.dateadd('day', 90, 'signals.snapshot_on') }}
    where signals.snapshot_on <= {{ dbt.dateadd('day', -90, 'run.as_of') }}
    group by signals.customer_id, signals.snapshot_on, signals.signal

),

-- What those with the same sign bought in the ninety days after it, ever since.
learned as (

    select
        bought.signal,
        count(*) as observation_count,
        avg(cast(bought.expansion_mrr > 0 as integer)) as expanding_share,
        sum(bought.expansion_mrr) / sum(bought.mrr) as expansion_share,
    from bought
    group by bought.signal

),

candidates as (

    select
        signals.customer_id,
        signals.signal,
        signals.evidence,
        signals.mrr,
        learned.observation_count,
        learned.expanding_share,
        signals.mrr * learned.expansion_share as expected_expansion_mrr,
        signals.snapshot_on,
    from {{ ref('int_expansion__signals') }} as signals
    inner join {{ ref('int_calendar__run') }} as run
        on signals.snapshot_on = run.as_of
    inner join learned
        on signals.signal = learned.signal

),

expansion_candidates as (

    select
        candidates.customer_id,
        customers.segment,
        customers.plan,
        candidates.signal,
        cast(candidates.evidence as double) as evidence,
        cast(candidates.mrr as double) as mrr,
        cast(candidates.observation_count as bigint) as observation_count,
        cast(candidates.expanding_share as double) as expanding_share,
        cast(candidates.expected_expansion_mrr as double) as expected_expansion_mrr,
        cast(
            row_number() over (
                order by
                    candidates.expected_expansion_mrr desc,
                    candidates.customer_id asc,
                    candidates.signal asc
            ) as integer
        ) as candidate_rank,
        candidates.snapshot_on,
    from candidates
    inner join {{ ref('dim_customers') }} as customers
        on candidates.customer_id = customers.customer_id

)

select * from expansion_candidates
