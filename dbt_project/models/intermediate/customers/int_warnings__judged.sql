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

    select spells.*
    from spells
    where spells.signal not in ('health_at_risk', 'health_watch')

),

running as (

    {{ merge_spells('shown', ['customer_id']) }}

)

select spells.*
from spells

union all

select
    running.customer_id,
    'any_sign' as signal,
    running.began_on,
    running.ended_on,
from running
