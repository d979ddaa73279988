-- Grain: one row per customer that has or had a subscription.
with

held as (

    select
        segments.customer_id,
        segments.product_id,
        least(segments.valid_to, {{ dbt.dateadd('day', 1, 'run.as_of') }}) as held_until,
        segments.status in ('active', 'past_due') as is_paying,
        sum(segments.agreed_mrr) as agreed_mrr,
    from {{ ref('int_subscriptions__segments') }} as segments
    cross join {{ ref('int_calendar__run') }} as run
    where segments.valid_from <= run.as_of
    group by all

)

select
    held.customer_id,
    coalesce(products.product_name, held.product_id) as plan,
from held
left join {{ ref('int_billing__products') }} as products
    on held.product_id = products.product_id
qualify row_number() over (
    partition by held.customer_id
    order by held.held_until desc, held.is_paying desc, held.agreed_mrr desc, held.product_id asc
) = 1
