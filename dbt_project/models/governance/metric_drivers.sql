-- Grain: one row per metric that outcomes of customers move, and driver that was tried on them.
with

metric_drivers as (

    select
        metrics.metric_id,
        evidence.driver,
        evidence.metric_id as driver_metric_id,
        evidence.label,
        evidence.outcome,
        evidence.horizon_days,
        evidence.adjusted_difference,
        evidence.adjusted_lower,
        evidence.adjusted_upper,
        evidence.p_value,
        evidence.verdict,
        evidence.sentence,
    from {{ ref('dim_metrics') }} as metrics
    inner join {{ ref('driver_evidence') }} as evidence
        on list_contains(metrics.outcomes, evidence.outcome)
    where evidence.verdict != 'too_few'
    qualify
        row_number() over (
            partition by metrics.metric_id, evidence.driver
            order by
                evidence.verdict != 'leads' asc,
                evidence.p_value asc,
                evidence.horizon_days asc,
                evidence.outcome asc
        ) = 1

)

select * from metric_drivers
