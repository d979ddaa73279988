-- Grain: one row per customer and day on which it pays, an end of a month or today: what was known
-- of it that day, and when it next left, paid less and paid more.
{% set signs = sign_words().keys() -%}
with

moments as (

    select moments.*
    from {{ ref('int_evidence__moments') }} as moments
    where moments.is_month_end or moments.is_today

),

known as (

    select
        drivers.customer_id,
        drivers.known_on,
        {% for driver, said in drivers_by_name().items() if said.stage == 'nurturing' -%}
        max(case when drivers.driver = '{{ driver }}' then drivers.value end) as {{ driver }},
        {% endfor -%}
    from {{ ref('int_evidence__drivers') }} as drivers
    group by drivers.customer_id, drivers.known_on

),

warned as (

    select
        moments.customer_id,
        moments.known_on,
        {% for sign in signs -%}
        bool_or(spells.signal = '{{ sign }}') as {{ sign }},
        {% endfor -%}
    from moments
    inner join {{ ref('int_warnings__spells') }} as spells
        on
            moments.customer_id = spells.customer_id
            and moments.known_on >= spells.began_on
            and coalesce(moments.known_on < spells.ended_on, true)
    group by moments.customer_id, moments.known_on

),

came as (

    select
        next_outcomes.customer_id,
        next_outcomes.known_on,
    {% for outcome in ['churn', 'downgrade', 'expansion'] -%}
    max(case when next_outcomes.outcome = '{{ outcome }}' then next_outcomes.next_on end)
        as {{ outcome }}_on,
    {% endfor -%}
    from {{ ref('int_evidence__next_outcomes') }} as next_outcomes
    group by next_outcomes.customer_id, next_outcomes.known_on

)

select
    moments.customer_id,
    moments.known_on,
    moments.segment,
    moments.is_month_end,
    moments.is_today,
    {{ as_of() }} as as_of,
    ln(1 + moments.tenure_days) as tenure,
    cast(balances.renewing_arr_90d / nullif(balances.arr, 0) as double) as renewing_share,
    {% for driver, said in drivers_by_name().items() if said.stage == 'nurturing' -%}
    known.{{ driver }},
    {% endfor -%}
    {% for sign in signs -%}
    cast(coalesce(warned.{{ sign }}, false) as double) as {{ sign }},
    {% endfor -%}
    came.churn_on,
    came.downgrade_on,
    came.expansion_on,
from moments
inner join {{ ref('fct_mrr_balances') }} as balances
    on
        moments.customer_id = balances.customer_id
        and moments.known_on = balances.snapshot_on
inner join came
    on moments.customer_id = came.customer_id and moments.known_on = came.known_on
left join known
    on moments.customer_id = known.customer_id and moments.known_on = known.known_on
left join warned
    on moments.customer_id = warned.customer_id and moments.known_on = warned.known_on
