-- Grain: one row per customer, day, outcome, days after it and fold, or none for today.
{{ config(materialized='view') }}
with

judged as (

    select
        predictions.*,
        coalesce(readouts.verdict = 'skilled' and predictions.is_modelled, false) as is_skilled,
    from {{ ref('int_outlook__predictions') }} as predictions
    left join {{ ref('int_outlook__readouts') }} as readouts
        on
            predictions.outcome = readouts.outcome
            and predictions.horizon_days = readouts.horizon_days
            and readouts.fold is null
            and readouts.segment = 'total'

)

select
    judged.* exclude (judged.probability),
    case when judged.is_skilled then judged.probability else judged.base_rate end as probability,
from judged
