-- Grain: one row per subscription item and day on which its price or quantity was
-- observed, holding until the next; before the first of them it was as first observed.
with

observed as (

    select
        observed.item_id,
        observed.observed_at,
        cast(observed.observed_at as date) as observed_on,
        observed.precedence,
        observed.tie_break,
        observed.price_id,
        observed.quantity,
        observed._file_order,
        observed._file,
        observed._file_row,
    from {{ ref('int_subscriptions__item_observations') }} as observed
    where observed.observed_at is not null

),

-- Of several states on one day the last counts.
daily as (

    select observed.*
    from observed
    qualify row_number() over (
        partition by observed.item_id, observed.observed_on
        order by
            observed.observed_at desc,
            observed.precedence desc,
            observed.tie_break desc,
            observed._file_order desc,
            observed._file_row desc
    ) = 1

),

first_observed as (

    select observed.* replace (cast('0001-01-01' as date) as observed_on)
    from observed
    qualify row_number() over (
        partition by observed.item_id
        order by
            observed.observed_at asc,
            observed.precedence desc,
            observed.tie_break desc,
            observed._file_order desc,
            observed._file_row desc
    ) = 1

),

observations as (

    select * from first_observed
    union all
    select * from daily

)

select
    observations.item_id,
    observations.observed_on as valid_from,
    lead(observations.observed_on, 1, cast('9999-12-31' as date)) over (
        partition by observations.item_id order by observations.observed_on
    ) as valid_to,
    observations.price_id,
    observations.quantity,
    observations._file,
    observations._file_row,
from observations
