-- Grain: one row per outcome, days after it, fold or all, and segment or the total.
with

model_readouts as (

    select
        readouts.outcome,
        readouts.horizon_days,
        readouts.fold,
        readouts.segment,
        readouts.prediction_count,
        readouts.come_count,
        readouts.come_count / readouts.prediction_count as come_rate,
        readouts.probability as mean_probability,
        readouts.auc,
        readouts.brier,
        readouts.base_brier,
        readouts.skill,
        readouts.skill_lower,
        readouts.slope as calibration_slope,
        readouts.slope_lower as calibration_slope_lower,
        readouts.slope_upper as calibration_slope_upper,
        readouts.lift as top_tenth_lift,
        readouts.verdict,
    from {{ ref('int_outlook__readouts') }} as readouts

)

select * from model_readouts
