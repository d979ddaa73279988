-- Grain: one row per technical metric and its total, service or team, as of the run's day.
with

-- What slow and failing minutes of a service did to those who were touched: the newest month
-- that can be judged, which is one whose 30 days after have passed.
touched as (

    select
        impacts.dimension,
        impacts.dimension_value,
        max(impacts.period_start) as impact_month,
        max_by(impacts.touched_customer_count, impacts.period_start)
            as touched_customer_count,
        max_by(impacts.touched_arr, impacts.period_start) as touched_arr,
        max_by(impacts.touched_churn_rate_30d, impacts.period_start)
            as touched_churn_rate_30d,
        max_by(impacts.untouched_churn_rate_30d, impacts.period_start)
            as untouched_churn_rate_30d,
        max_by(impacts.churn_rate_difference_30d, impacts.period_start)
            as churn_rate_difference_30d,
        max_by(impacts.tickets_per_customer_difference, impacts.period_start)
            as tickets_per_customer_difference,
        max_by(impacts.lost_conversion_count, impacts.period_start)
            as lost_conversion_count,
    from {{ ref('fct_business_impact') }} as impacts
    where
        impacts.grain = 'month'
        and impacts.dimension in ('total', 'service')
        and impacts.touched_churn_rate_30d is not null
    group by impacts.dimension, impacts.dimension_value

),

-- The same over all months and among customers who are alike: what one month of few cannot tell.
alike as (

    select
        contrasts.driver,
        contrasts.high_count as touched_month_count,
        case
            when judgements.verdict != 'too_few'
                then
                    contrasts.high_come_count / nullif(contrasts.high_count, 0)
                    - contrasts.low_come_count / nullif(contrasts.low_count, 0)
        end as difference,
        judgements.difference as adjusted_difference,
        judgements.lower,
        judgements.upper,
        case judgements.verdict
            when 'leads'
                then
                    case
                        when judgements.difference > 0 then 'touched_leave_more'
                        else 'touched_leave_less'
                    end
            else judgements.verdict
        end as verdict,
    from {{ ref('int_impact__contrasts') }} as contrasts
    inner join {{ ref('int_impact__judgements') }} as judgements
        on
            contrasts.driver = judgements.driver
            and contrasts.outcome = judgements.outcome
            and contrasts.horizon_days = judgements.horizon_days

),

technical_scorecard as (

    select
        slices.snapshot_on,
        metrics.metric_id,
        metrics.label,
        metrics.unit,
        metrics.currency,
        metrics.direction,
        slices.grain,
        slices.period_start,
        slices.period_end,
        slices.dimension,
        slices.dimension_value,
        slices.judged_over,
        slices.value,
        slices.period_value,
        slices.state,
        slices.previous_value,
        slices.change_on_previous,
        slices.target,
        slices.guardrail,
        slices.target_is_inherited,
        slices.status,
        slices.score,
        metrics.business_outcome_metric_id,
        outcomes.value as business_outcome_value,
        outcomes.change_on_previous as business_outcome_change,
        outcomes.status as business_outcome_status,
        slices.root_metric_id as executive_metric_id,
        slices.path,
        executives.value as executive_value,
        executives.change_on_previous as executive_change,
        executives.status as executive_status,
        touched.impact_month,
        touched.touched_customer_count,
        touched.touched_arr,
        touched.touched_churn_rate_30d,
        touched.untouched_churn_rate_30d,
        touched.churn_rate_difference_30d,
        touched.tickets_per_customer_difference,
        touched.lost_conversion_count,
        cast(alike.touched_month_count as integer) as touched_month_count,
        cast(alike.difference as double) as churn_difference_all_months,
        alike.adjusted_difference as churn_difference_among_alike,
        alike.lower as churn_difference_lower,
        alike.upper as churn_difference_upper,
        alike.verdict as impact_verdict,
        metrics.owner_role,
        metrics.levers,
        slices.data_through_on,
    from {{ ref('int_scorecards__slices') }} as slices
    inner join {{ ref('dim_metrics') }} as metrics
        on slices.metric_id = metrics.metric_id
    left join {{ ref('int_scorecards__metrics') }} as outcomes
        on metrics.business_outcome_metric_id = outcomes.metric_id
    left join {{ ref('int_scorecards__metrics') }} as executives
        on slices.root_metric_id = executives.metric_id
    left join touched
        on
            slices.dimension = touched.dimension
            and slices.dimension_value = touched.dimension_value
    left join alike
        on slices.dimension || '|' || slices.dimension_value = alike.driver
    where
        list_contains(metrics.audiences, 'technical')
        and slices.dimension in ('total', 'service', 'team')

)

select * from technical_scorecard
