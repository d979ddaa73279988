-- Grain: one row per customer and end of a month of which leaving within 90 days was foretold, and
-- the days are over.
{% set days_after = 90 -%}
with

-- By the model, as it stands beside the plain rate of the segment in the same fold.
foretold as (

    select
        predictions.customer_id,
        predictions.known_on,
        predictions.probability,
        predictions.base_rate,
    from {{ ref('int_outlook__predictions') }} as predictions
    where {{ is_foretold_loss('predictions', days_after) }}

),

came as (

    select
        foretold.*,
        cast(coalesce(
            next_outcomes.next_on
            <= {{ dbt.dateadd('day', days_after, 'next_outcomes.known_on') }},
            false
        ) as integer) as loss_count,
    from foretold
    inner join {{ ref('int_evidence__next_outcomes') }} as next_outcomes
        on
            foretold.customer_id = next_outcomes.customer_id
            and foretold.known_on = next_outcomes.known_on
    where
        next_outcomes.outcome = 'churn'
        and {{ dbt.dateadd('day', days_after, 'next_outcomes.known_on') }} <= {{ as_of() }}

),

fct_foretold_losses as (

    select
        came.customer_id,
        came.known_on as foretold_on,
        {{ as_exact('came.probability') }} as foretold_loss,
        came.loss_count,
        {{ as_exact('power(came.probability - came.loss_count, 2)') }} as squared_error,
        {{ as_exact('power(came.base_rate - came.loss_count, 2)') }} as base_squared_error,
        customers.segment,
    from came
    inner join {{ ref('dim_customers') }} as customers
        on came.customer_id = customers.customer_id

)

select * from fct_foretold_losses
