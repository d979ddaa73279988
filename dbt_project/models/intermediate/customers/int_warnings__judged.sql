-- Grain: one row per customer, warning, sign or the outlook's or any of them, and day on which a
-- spell of it began.
with

-- Signs that a source showed, and what the outlook made of all of them.
spells as (

    select
        spells.customer_id,
        spells.signal,
        spells.began_on,
        spells.ended_on,
    from {{ ref('int_warnings__spells') }} as spells

    union all

    select
        foretold.customer_id,
        'likely_to_leave' as signal,
        foretold.began_on,
        foretold.ended_on,
    from {{ ref('int_warnings__foretold') }} as foretold

),

-- Bands of health sum up what others show.
shown as (

    select
        spells.customer_id,
        spells.began_on,
        coalesce(spells.ended_on, cast('9999-12-31' as date)) as until,
    from spells
    where spells.signal not in ('health_at_risk', 'health_watch')

),

followed as (

    select
        shown.*,
        max(shown.until) over (
            partition by shown.customer_id
            order by shown.began_on, shown.until
            rows between unbounded preceding and 1 preceding
        ) as until_before,
    from shown

),

islands as (

    select
        followed.*,
        sum(
            case when coalesce(followed.began_on <= followed.until_before, false) then 0 else 1 end
        ) over (
            partition by followed.customer_id
            order by followed.began_on, followed.until
            rows between unbounded preceding and current row
        ) as island_number,
    from followed

)

select spells.*
from spells

union all

select
    islands.customer_id,
    'any_sign' as signal,
    min(islands.began_on) as began_on,
    case when max(islands.until) < cast('9999-12-31' as date) then max(islands.until) end
        as ended_on,
from islands
group by islands.customer_id, islands.island_number
