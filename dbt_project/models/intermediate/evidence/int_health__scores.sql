-- Grain: one row per customer and end of a quarter: its health score by the weights as they stand
-- and by those that had been proposed by then, and whether it left within 90 days.
with

-- Where nothing was proposed by then, the weights as they stand had stayed.
scored as (

    select
        readings.customer_id,
        readings.known_on,
        readings.has_come,
        readings.score,
        weights.weight as standing,
        proposals.proposed_weight is not null as is_proposed,
        coalesce(proposals.proposed_weight, weights.weight) as proposed,
    from {{ ref('int_health__readings') }} as readings
    inner join {{ ref('health_weights') }} as weights
        on readings.component = weights.component
    left join {{ ref('int_health__proposals') }} as proposals
        on
            readings.known_on = proposals.judged_on
            and readings.component = proposals.component

)

select
    scored.customer_id,
    scored.known_on,
    scored.has_come,
    bool_or(scored.is_proposed) as is_proposed,
    round(
        {{ exact_sum('scored.standing * scored.score') }}
        / nullif({{ exact_sum('scored.standing') }}, 0),
        9
    ) as standing_score,
    round(
        {{ exact_sum('scored.proposed * scored.score') }}
        / nullif({{ exact_sum('scored.proposed') }}, 0),
        9
    ) as proposed_score,
from scored
group by scored.customer_id, scored.known_on, scored.has_come
