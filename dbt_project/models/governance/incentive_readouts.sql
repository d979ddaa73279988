-- Grain: one row per incentive plan and complete period of its metric.
with

judged as (

    select
        plans.plan_id,
        plans.owner_role,
        plans.metric_id,
        plans.guard_metric_id,
        plans.pay_at_target,
        metric_values.grain,
        metric_values.period_start,
        metric_values.period_end,
        metric_values.value,
        metric_values.target,
        metrics.direction,
        -- The worst of this period and the two before it; without three there is none.
        case
            when
                count(metric_values.value) over (
                    partition by plans.plan_id
                    order by metric_values.period_start
                    rows between 2 preceding and current row
                ) = 3
                then
                    case
                        when metrics.direction = 'down'
                            then max(metric_values.value) over (
                                partition by plans.plan_id
                                order by metric_values.period_start
                                rows between 2 preceding and current row
                            )
                        else min(metric_values.value) over (
                            partition by plans.plan_id
                            order by metric_values.period_start
                            rows between 2 preceding and current row
                        )
                    end
        end as sustained_value,
        plans.valid_from,
    from {{ ref('incentive_plans') }} as plans
    inner join {{ ref('dim_metrics') }} as metrics
        on plans.metric_id = metrics.metric_id
    inner join {{ ref('int_metrics__own_grains') }} as own_grains
        on plans.metric_id = own_grains.metric_id
    inner join {{ ref('int_metrics__headlines') }} as metric_values
        on
            plans.metric_id = metric_values.metric_id
            and own_grains.own_grain = metric_values.grain
            and metric_values.dimension = 'total'
            and metric_values.is_complete

),

-- What the metric sustained when the plan began: nobody is paid for where it stood already.
begun as (

    select
        judged.plan_id,
        judged.sustained_value as begun_value,
    from judged
    where judged.valid_from > judged.period_end
    qualify row_number() over (
        partition by judged.plan_id order by judged.period_end desc
    ) = 1

),

-- Where the way begins: at the stated baseline, else the guardrail, or at what was sustained when
-- the plan began, whichever is nearer to the target.
based as (

    select
        judged.*,
        case
            when
                begun.begun_value > coalesce(targets.baseline, targets.guardrail)
                and judged.direction = 'up'
                then begun.begun_value
            when
                begun.begun_value < coalesce(targets.baseline, targets.guardrail)
                and judged.direction = 'down'
                then begun.begun_value
            else coalesce(targets.baseline, targets.guardrail, begun.begun_value)
        end as baseline,
    from judged
    left join begun
        on judged.plan_id = begun.plan_id
    left join {{ ref('metric_targets') }} as targets
        on
            judged.metric_id = targets.metric_id
            and judged.grain = targets.grain
            and targets.dimension = 'total'
            and judged.period_end >= targets.valid_from
    where judged.period_end >= judged.valid_from
    qualify row_number() over (
        partition by judged.plan_id, judged.period_start
        order by targets.valid_from desc
    ) = 1

),

-- The guard as it stood in the newest period of its own that had ended by then.
guarded as (

    select
        based.*,
        guards.value as guard_value,
        guards.status as guard_status,
        coalesce(
            case based.direction
                when 'up' then based.baseline >= based.target
                when 'down' then based.baseline <= based.target
            end,
            false
        ) as has_begun_on_target,
        case
            when not has_begun_on_target
                then {{ within_one(
                    '(based.sustained_value - based.baseline)'
                    ' / nullif(based.target - based.baseline, 0)'
                ) }}
        end as attained_share,
    from based
    left join {{ ref('int_metrics__own_grains') }} as own_grains
        on based.guard_metric_id = own_grains.metric_id
    left join {{ ref('int_metrics__headlines') }} as guards
        on
            based.guard_metric_id = guards.metric_id
            and own_grains.own_grain = guards.grain
            and guards.dimension = 'total'
            and guards.is_complete
            and based.period_end >= guards.period_end
    qualify row_number() over (
        partition by based.plan_id, based.period_start
        order by guards.period_end desc
    ) = 1

),

incentive_readouts as (

    select
        guarded.plan_id,
        guarded.owner_role,
        guarded.metric_id,
        guarded.guard_metric_id,
        guarded.grain,
        guarded.period_start,
        guarded.period_end,
        guarded.value,
        guarded.sustained_value,
        guarded.baseline,
        guarded.target,
        cast(guarded.attained_share as double) as attained_share,
        guarded.guard_value,
        guarded.guard_status,
        guarded.pay_at_target,
        cast(
            case
                -- A guard of which nothing is known guards nothing, so nothing is paid.
                when
                    guarded.guard_metric_id is not null
                    and coalesce(guarded.guard_status, 'no_value') in ('breach', 'no_value')
                    then 0
                -- What nobody knows to be attained is not paid.
                else guarded.pay_at_target * coalesce(guarded.attained_share, 0)
            end as double
        ) as payout,
        case
            when guarded.has_begun_on_target then 'began_on_target'
            when guarded.attained_share is null then 'no_value'
            when guarded.attained_share = 0 then 'not_sustained'
            when
                guarded.guard_metric_id is not null
                and coalesce(guarded.guard_status, 'no_value') in ('breach', 'no_value')
                then 'withheld'
            when guarded.attained_share < 1 then 'partly_paid'
            else 'fully_paid'
        end as state,
    from guarded

)

select * from incentive_readouts
