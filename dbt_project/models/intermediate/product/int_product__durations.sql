-- Grain: one row per customer and duration that has begun.
with

pairs as (

    select
        onboardings.customer_id,
        'time_to_provision' as duration_type,
        onboardings.subscribed_on as started_on,
        onboardings.provisioned_on as arrived_on,
    from {{ ref('int_product__onboardings') }} as onboardings

    union all

    select
        onboardings.customer_id,
        'time_to_value' as duration_type,
        onboardings.provisioned_on as started_on,
        onboardings.first_value_on as arrived_on,
    from {{ ref('int_product__onboardings') }} as onboardings

    union all

    select
        onboardings.customer_id,
        'purchase_to_value' as duration_type,
        onboardings.purchased_on as started_on,
        onboardings.first_value_on as arrived_on,
    from {{ ref('int_product__onboardings') }} as onboardings

)

select
    pairs.customer_id,
    pairs.duration_type,
    pairs.started_on,
    coalesce(pairs.arrived_on <= run.as_of, false) as has_arrived,
    -- Value that came before the start of the clock took no time.
    {{ at_least(
        dbt.datediff(
            'pairs.started_on',
            'case when pairs.arrived_on <= run.as_of then pairs.arrived_on else run.as_of end',
            'day'
        ),
        0
    ) }} as duration_days,
from pairs
cross join {{ ref('int_calendar__run') }} as run
where pairs.started_on <= run.as_of
