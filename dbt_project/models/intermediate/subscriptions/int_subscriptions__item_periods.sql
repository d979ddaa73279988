-- Grain: one row per Stripe subscription item and day on which its price or quantity
-- was observed, holding until the next.
with

observations as (

    select
        observed.item_id,
        cast(observed.observed_at as date) as observed_on,
        observed.price_id,
        observed.quantity,
        observed._file,
        observed._file_row,
    from {{ ref('int_subscriptions__item_observations') }} as observed
    where observed.observed_at is not null
    qualify row_number() over (
        partition by observed.item_id, cast(observed.observed_at as date)
        order by
            observed.observed_at desc, observed.precedence desc, observed.tie_break desc
    ) = 1

)

select
    observations.item_id,
    -- Before its first observation an item was as first observed.
    case
        when row_number() over item = 1 then cast('0001-01-01' as date)
        else observations.observed_on
    end as valid_from,
    lead(observations.observed_on, 1, cast('9999-12-31' as date)) over item as valid_to,
    observations.price_id,
    observations.quantity,
    observations._file,
    observations._file_row,
from observations
window item as (partition by observations.item_id order by observations.observed_on)
