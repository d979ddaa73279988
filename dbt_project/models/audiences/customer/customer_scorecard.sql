-- Grain: one row per customer and measure that may be shared with it.
with

shareable as (

    select
        metrics.metric_id,
        metrics.label,
        metrics.stage,
        metrics.signal,
        metrics.unit,
        metrics.direction,
    from {{ ref('dim_metrics') }} as metrics
    where metrics.is_shareable

),

ranked as (

    select
        measures.*,
        row_number() over (
            partition by measures.segment, measures.measure_id
            order by measures.value, measures.customer_id
        ) as place,
    from {{ ref('int_customers__measures') }} as measures

),

-- The values of a segment, sorted; a customer is taken out of them by its place.
segments as (

    select
        ranked.segment,
        ranked.measure_id,
        list(ranked.value order by ranked.place) as segment_values,
        count(*) - 1 as others_count,
    from ranked
    group by ranked.segment, ranked.measure_id

),

median_ranks as (

    select
        ranked.*,
        segments.segment_values,
        segments.others_count,
        (segments.others_count + 1) // 2 as lower_middle,
        segments.others_count // 2 + 1 as upper_middle,
    from ranked
    inner join segments
        on
            ranked.segment = segments.segment
            and ranked.measure_id = segments.measure_id

),

compared as (

    select
        median_ranks.customer_id,
        median_ranks.measure_id,
        median_ranks.metric_id,
        median_ranks.value,
        median_ranks.baseline_value,
        -- A median of fewer than five others would tell of one of them.
        case
            when median_ranks.others_count >= 5
                then (
                    median_ranks.segment_values[
                        median_ranks.lower_middle
                        + cast(median_ranks.place <= median_ranks.lower_middle as integer)
                    ]
                    + median_ranks.segment_values[
                        median_ranks.upper_middle
                        + cast(median_ranks.place <= median_ranks.upper_middle as integer)
                    ]
                ) / 2
        end as segment_median,
        cast(null as double) as goal_value,
        cast(null as date) as goal_due_on,
    from median_ranks

),

-- Goals of its success plan: where it began, where it is, where it wants to be by when.
goals as (

    select
        accounts.customer_id,
        goals.goal_id as measure_id,
        'business_value_attained' as metric_id,
        goals.achieved_value as value,
        coalesce(goals.baseline_value, 0) as baseline_value,
        cast(null as double) as segment_median,
        goals.goal_value,
        goals.due_on as goal_due_on,
        coalesce(goals.unit, 'units') as unit,
    from {{ ref('stg_app__success_goals') }} as goals
    inner join {{ ref('int_customers__accounts') }} as accounts
        on goals.account_id = accounts.account_id
    inner join {{ ref('dim_customers') }} as customers
        on accounts.customer_id = customers.customer_id
    where customers.churned_on is null

),

-- Several accounts of a customer may each have a plan; goals have ids of their own.
listed as (

    select
        compared.customer_id,
        compared.measure_id,
        compared.metric_id,
        case
            when compared.metric_id = 'customer_health_score' then 'health'
            when shareable.stage = 'onboarding' then 'onboarding'
            when shareable.signal = 'lagging' then 'outcome'
            else 'nurturing'
        end as section,
        case
            when compared.measure_id like 'health_%'
                then shareable.label || ': ' || substr(compared.measure_id, 8)
            else shareable.label
        end as label,
        shareable.unit,
        shareable.direction,
        compared.value,
        compared.baseline_value,
        compared.segment_median,
        compared.goal_value,
        compared.goal_due_on,
    from compared
    inner join shareable
        on compared.metric_id = shareable.metric_id

    union all

    select
        goals.customer_id,
        goals.measure_id,
        goals.metric_id,
        'goal' as section,
        'Goal in ' || goals.unit as label,
        goals.unit,
        case when goals.goal_value < goals.baseline_value then 'down' else 'up' end as direction,
        goals.value,
        goals.baseline_value,
        goals.segment_median,
        goals.goal_value,
        goals.goal_due_on,
    from goals
    inner join shareable
        on goals.metric_id = shareable.metric_id

),

customer_scorecard as (

    select
        listed.customer_id,
        listed.section,
        listed.measure_id,
        listed.metric_id,
        listed.label,
        listed.unit,
        listed.direction,
        cast(listed.value as double) as value,
        cast(listed.baseline_value as double) as baseline_value,
        cast(listed.segment_median as double) as segment_median,
        cast(listed.goal_value as double) as goal_value,
        listed.goal_due_on,
        case
            when listed.goal_value is not null
                then
                    case
                        when
                            (listed.direction = 'up' and listed.value >= listed.goal_value)
                            or (listed.direction = 'down' and listed.value <= listed.goal_value)
                            then 'reached'
                        when listed.goal_due_on < run.as_of then 'missed'
                        else 'open'
                    end
            when listed.baseline_value is null or listed.direction not in ('up', 'down')
                then 'no_baseline'
            -- An average of what is always the same may differ from it in its last bits.
            when abs(listed.value - listed.baseline_value) <= 1e-9 then 'as_before'
            when (listed.value > listed.baseline_value) = (listed.direction = 'up')
                then 'better'
            else 'worse'
        end as standing,
        run.as_of as snapshot_on,
    from listed
    cross join {{ ref('int_calendar__run') }} as run

)

select * from customer_scorecard
