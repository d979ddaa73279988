-- Grain: one row per customer, end of a quarter on which it pays and has not given notice, and
-- component of its health score that is known: the score, and whether it left within 90 days.
with

asked as (

    select
        moments.customer_id,
        moments.known_on,
        moments.segment,
        moments.tenure_band,
        moments.size_band,
        moments.use_band,
        {{ dbt.dateadd('day', 'outcomes.horizon_days', 'outcomes.known_on') }} as until_on,
        outcomes.has_come,
    from {{ ref('int_evidence__outcomes') }} as outcomes
    inner join {{ ref('int_evidence__moments') }} as moments
        on
            outcomes.customer_id = moments.customer_id
            and outcomes.known_on = moments.known_on
    where
        outcomes.outcome = 'churn'
        and outcomes.horizon_days = 90
        and outcomes.is_month_end

)

select
    asked.*,
    parts.entry.component,
    parts.entry.alike_in,
    parts.entry.score,
from asked
inner join {{ ref('fct_customer_health') }} as health
    on asked.customer_id = health.customer_id and asked.known_on = health.snapshot_on
cross join
    unnest([
        {% for component, alike_in in health_components().items() -%}
        {
            'component': '{{ component }}',
            'alike_in': '{{ alike_in }}',
            'score': health.{{ component }}_score
        },
        {% endfor -%}
    ]) as parts (entry)
-- Of who has said that it leaves no weight decides.
where not health.has_given_notice and parts.entry.score is not null
