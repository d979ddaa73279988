-- Grain: one row per experiment, metric that it is read by, and arm against control.
with

decided as (

    select
        decisions.experiment_id,
        max(decisions.decided_on) as decided_on,
        max_by(decisions.decision_id, (decisions.decided_on, decisions.decision_id)) as decision_id,
        max_by(decisions.outcome, (decisions.decided_on, decisions.decision_id)) as decision,
    from {{ ref('stg_governance__decisions') }} as decisions
    cross join {{ ref('int_calendar__run') }} as run
    where decisions.experiment_id is not null and decisions.decided_on <= run.as_of
    group by decisions.experiment_id

),

-- How far a metric is to be moved: from where it began to its target, as both stood when the
-- experiment began. An effect on each customer has no measure in the target of a sum.
ways as (

    select
        asked.experiment_id,
        asked.metric_id,
        abs(targets.target - coalesce(targets.baseline, targets.guardrail)) as way,
    from {{ ref('int_experiments__asked') }} as asked
    inner join {{ ref('stg_governance__experiments') }} as experiments
        on asked.experiment_id = experiments.experiment_id
    inner join {{ ref('dim_metrics') }} as metrics
        on asked.metric_id = metrics.metric_id
    inner join {{ ref('int_metrics__own_grains') }} as own_grains
        on asked.metric_id = own_grains.metric_id
    inner join {{ ref('metric_targets') }} as targets
        on
            asked.metric_id = targets.metric_id
            and own_grains.own_grain = targets.grain
            and targets.dimension = 'total'
            and experiments.starts_on >= targets.valid_from
    where metrics.aggregation not in ('activity', 'balance')
    qualify row_number() over (
        partition by asked.experiment_id, asked.metric_id
        order by targets.valid_from desc
    ) = 1

),

read as (

    select
        asked.experiment_id,
        asked.metric_id,
        asked.metric_role,
        metrics.direction,
        experiments.control_arm,
        experiments.is_randomised,
        experiments.starts_on,
        experiments.ends_on,
        experiments.owner_role,
        experiments.planned_sample,
        experiments.minimum_cycles,
        -- Cycles that have passed of it, of those that it has.
        greatest(
            (
                least(run.as_of, coalesce(experiments.ends_on, run.as_of))
                - experiments.starts_on
                + 1
            )
            // experiments.cycle_days,
            0
        ) as completed_cycles,
        estimates.arm,
        estimates.arm_count,
        estimates.control_count,
        estimates.pending_count,
        estimates.method,
        estimates.arm_value,
        estimates.control_value,
        estimates.effect,
        estimates.effect_lower,
        estimates.effect_upper,
        estimates.p_value,
        estimates.relative_effect,
        estimates.relative_lower,
        estimates.relative_upper,
        estimates.detectable_effect,
        ways.way,
    from {{ ref('int_experiments__asked') }} as asked
    inner join {{ ref('stg_governance__experiments') }} as experiments
        on asked.experiment_id = experiments.experiment_id
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('dim_metrics') }} as metrics
        on asked.metric_id = metrics.metric_id
    left join {{ ref('int_experiments__estimates') }} as estimates
        on
            asked.experiment_id = estimates.experiment_id
            and asked.metric_id = estimates.metric_id
    left join ways
        on asked.experiment_id = ways.experiment_id and asked.metric_id = ways.metric_id

),

judged as (

    select
        read.experiment_id,
        read.metric_id,
        read.metric_role,
        coalesce(read.arm, 'none') as arm,
        read.control_arm,
        read.is_randomised,
        case
            when read.method is not null then read.method
            when read.is_randomised then 'none'
            else 'difference_in_differences'
        end as method,
        read.starts_on,
        read.ends_on,
        coalesce(read.arm_count, 0) as arm_count,
        coalesce(read.control_count, 0) as control_count,
        coalesce(read.pending_count, 0) as pending_count,
        read.arm_value,
        read.control_value,
        read.effect,
        read.effect_lower,
        read.effect_upper,
        read.p_value,
        read.relative_effect,
        read.relative_lower,
        read.relative_upper,
        read.detectable_effect,
        read.way as wanted_effect,
        case
            when read.detectable_effect is null or read.way is null then 'unknown'
            when abs(read.detectable_effect) > read.way then 'too_small'
            else 'adequate'
        end as sample_state,
        read.planned_sample,
        read.minimum_cycles as planned_cycles,
        cast(read.completed_cycles as bigint) as completed_cycles,
        splits.sample_ratio_p_value,
        -- One in a thousand: arms that differ by chance alone raise no alarm.
        splits.sample_ratio_p_value >= 0.001 as is_sample_ratio_ok,
        case
            when read.effect is null and coalesce(read.pending_count, 0) = 0
                then 'not_measurable'
            when
                read.effect is null
                or read.completed_cycles < coalesce(read.minimum_cycles, 0)
                or least(read.arm_count, read.control_count) < coalesce(read.planned_sample, 0)
                then 'underpowered'
            when read.effect_lower <= 0 and read.effect_upper >= 0 then 'no_difference_shown'
            when read.direction not in ('up', 'down') then 'different'
            when (read.effect > 0) = (read.direction = 'up') then 'better'
            else 'worse'
        end as verdict,
        decided.decision_id,
        decided.decision,
        decided.decided_on,
        read.owner_role,
    from read
    left join {{ ref('int_experiments__splits') }} as splits
        on read.experiment_id = splits.experiment_id
    left join decided
        on read.experiment_id = decided.experiment_id

),

-- Scaling asks for evidence, stopping for none; the primary metric decides.
experiment_readouts as (

    select
        judged.*,
        case
            when judged.decision is null or judged.metric_role != 'primary' then null
            when judged.decision = 'scale' and judged.verdict = 'better' then 'supported'
            when judged.decision = 'scale' and judged.verdict = 'worse' then 'against_readout'
            when judged.decision = 'scale' then 'without_evidence'
            when judged.decision = 'stop' and judged.verdict = 'better' then 'against_readout'
            when judged.decision = 'stop' then 'supported'
        end as decision_state,
    from judged

)

select * from experiment_readouts
