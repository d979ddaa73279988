-- Grain: one row per thing that was tried: an experiment, an intervention that somebody acted
-- on, or a decision that followed from neither.
with

decisions as (

    select decisions.*
    from {{ ref('stg_governance__decisions') }} as decisions
    cross join {{ ref('int_calendar__run') }} as run
    where decisions.decided_on <= run.as_of

),

tried as (

    select
        'experiment' as kind,
        experiments.experiment_id as source_id,
        experiments.metric_id,
        'total' as dimension,
        'total' as dimension_value,
        experiments.experiment_id as what_was_tried,
        experiments.starts_on as started_on,
        experiments.ends_on as ended_on,
        null as outcome,
        null as lesson,
        experiments.owner_role,
    from {{ ref('stg_governance__experiments') }} as experiments

    union all

    select
        'intervention' as kind,
        interventions.intervention_id as source_id,
        interventions.metric_id,
        case
            when interventions.customer_id is null then interventions.dimension else 'customer'
        end as dimension,
        coalesce(interventions.customer_id, interventions.dimension_value) as dimension_value,
        case
            when interventions.playbook is null then interventions.step
            else interventions.playbook || ': ' || interventions.step
        end as what_was_tried,
        cast(interventions.acknowledged_at as date) as started_on,
        interventions.ended_on,
        interventions.outcome,
        interventions.lesson,
        interventions.owner_role,
    from {{ ref('interventions') }} as interventions
    where interventions.acknowledged_at is not null

    union all

    select
        'decision' as kind,
        decisions.decision_id as source_id,
        decisions.metric_id,
        'total' as dimension,
        'total' as dimension_value,
        coalesce(decisions.outcome, 'decided') as what_was_tried,
        decisions.decided_on as started_on,
        decisions.decided_on as ended_on,
        null as outcome,
        null as lesson,
        decisions.owner_role,
    from decisions
    where decisions.experiment_id is null and decisions.action_id is null

),

-- What was decided on the grounds of it.
evidence as (

    select
        coalesce(decisions.experiment_id, actions.intervention_id, decisions.decision_id)
            as source_id,
        max_by(decisions.decision_id, (decisions.decided_on, decisions.decision_id)) as decision_id,
        max_by(decisions.outcome, (decisions.decided_on, decisions.decision_id)) as choice,
        max(decisions.decided_on) as decided_on,
    from decisions
    left join {{ ref('int_interventions__actions') }} as actions
        on decisions.action_id = actions.action_id
    group by coalesce(decisions.experiment_id, actions.intervention_id, decisions.decision_id)

),

followed as (

    select
        tried.source_id,
        tried.started_on,
        tried.ended_on,
        values_of.period_start,
        values_of.period_end,
        values_of.value,
    from tried
    inner join {{ ref('int_metrics__own_grains') }} as own_grains
        on tried.metric_id = own_grains.metric_id
    inner join {{ ref('metric_values') }} as values_of
        on
            tried.metric_id = values_of.metric_id
            and own_grains.own_grain = values_of.grain
            and tried.dimension = values_of.dimension
            and tried.dimension_value = values_of.dimension_value
    where
        values_of.is_complete
        and values_of.value is not null
        and tried.dimension != 'customer'
    union all
    -- What is done for one customer is looked for in that customer's own health. That looks back
    -- on thirty days: a snapshot sooner than that after the end speaks of before it too.
    select
        tried.source_id,
        tried.started_on,
        tried.ended_on,
        cast({{ dbt.dateadd('day', -29, 'health.snapshot_on') }} as date) as period_start,
        health.snapshot_on as period_end,
        cast(health.health_score as double) as value,
    from tried
    inner join {{ ref('fct_customer_health') }} as health
        on tried.dimension = 'customer' and tried.dimension_value = health.customer_id
    where health.health_score is not null

),

befores as (

    select followed.*
    from followed
    where followed.period_end < followed.started_on
    qualify row_number() over (
        partition by followed.source_id order by followed.period_start desc
    ) = 1

),

afters as (

    select followed.*
    from followed
    where followed.period_start > followed.ended_on
    qualify row_number() over (
        partition by followed.source_id order by followed.period_start asc
    ) = 1

),

-- Who pays nothing any more has no health: the last snapshot of all is not theirs.
last_seen as (

    select
        health.customer_id,
        max(health.snapshot_on) as last_seen_on,
        max(max(health.snapshot_on)) over () as newest_on,
    from {{ ref('fct_customer_health') }} as health
    group by health.customer_id

),

-- An experiment has a control to be compared with; of several arms the surest.
readouts as (

    select
        readouts.experiment_id as source_id,
        readouts.control_value,
        readouts.arm_value,
        readouts.effect,
        readouts.verdict,
        readouts.decision_state,
    from {{ ref('experiment_readouts') }} as readouts
    where readouts.metric_role = 'primary'
    qualify
        row_number() over (
            partition by readouts.experiment_id
            order by readouts.p_value asc nulls last, readouts.arm asc
        ) = 1

),

followed_up as (

    select
        tried.kind,
        tried.source_id,
        tried.metric_id,
        tried.dimension,
        tried.dimension_value,
        case
            when tried.dimension = 'customer' then 'customer_health_score' else tried.metric_id
        end as followed_by,
        tried.what_was_tried,
        tried.started_on,
        tried.ended_on,
        tried.owner_role,
        case when readouts.verdict is null then befores.period_start end as before_period_start,
        case
            when readouts.verdict is null then befores.value else readouts.control_value
        end as value_before,
        case when readouts.verdict is null then afters.period_start end as after_period_start,
        case
            when readouts.verdict is null then afters.value else readouts.arm_value
        end as value_after,
        case
            when readouts.verdict is null then afters.value - befores.value
            else readouts.effect
        end as change,
        case
            when readouts.verdict is not null then readouts.verdict
            when tried.ended_on is null then 'running'
            when afters.value is null and last_seen.newest_on > last_seen.last_seen_on then 'left'
            when afters.value is null then 'too_early'
            when
                befores.value is null
                or (tried.dimension != 'customer' and metrics.direction not in ('up', 'down'))
                then 'unknown'
            when afters.value = befores.value then 'unchanged'
            -- By less than five points health moves from week to week.
            when tried.dimension = 'customer' and abs(afters.value - befores.value) < 5
                then 'unchanged'
            when
                (afters.value > befores.value)
                = (tried.dimension = 'customer' or metrics.direction = 'up')
                then 'better'
            else 'worse'
        end as what_happened,
        tried.outcome,
        coalesce(evidence.choice, tried.lesson) as what_changed,
        evidence.decision_id,
        evidence.decided_on,
        readouts.decision_state,
    from tried
    left join {{ ref('dim_metrics') }} as metrics
        on tried.metric_id = metrics.metric_id
    left join last_seen
        on tried.dimension = 'customer' and tried.dimension_value = last_seen.customer_id
    left join befores
        on tried.source_id = befores.source_id
    left join afters
        on tried.source_id = afters.source_id
    left join evidence
        on tried.source_id = evidence.source_id
    left join readouts
        on tried.kind = 'experiment' and tried.source_id = readouts.source_id

),

learning_log as (

    select
        followed_up.* exclude (followed_up.decision_state),
        case
            when followed_up.decision_state in ('without_evidence', 'against_readout')
                then 'decided_' || followed_up.decision_state
            when
                followed_up.outcome = 'worked' and followed_up.what_happened in ('worse', 'left')
                then 'said_to_work_and_worse'
            when followed_up.outcome = 'worse' and followed_up.what_happened = 'better'
                then 'said_to_be_worse_and_better'
        end as contradiction,
    from followed_up

)

select * from learning_log
