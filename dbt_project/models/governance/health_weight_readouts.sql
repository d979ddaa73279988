-- Grain: one row per end of a quarter or all of them.
with

health_weight_readouts as (

    select
        readouts.fold,
        readouts.reading_count,
        readouts.left_count,
        readouts.standing_auc,
        readouts.proposed_auc,
        readouts.gain,
        readouts.gain_lower,
        readouts.gain_upper,
        readouts.proposal_count,
        readouts.verdict,
    from {{ ref('int_health__readouts') }} as readouts

)

select * from health_weight_readouts
