-- Grain: one row per snapshot day and account with paid seats.
with

seats as (

    select
        memberships.account_id,
        memberships.user_id,
        cast(memberships.started_at as date) as began_on,
        cast(memberships.ended_at as date) as ended_on,
    from {{ ref('stg_app__memberships') }} as memberships
    where memberships.is_paid_seat and memberships.started_at is not null

),

-- A user with two seats at once has one. Merged before they are counted: distinct users of each
-- day and account are kept in memory, more than there is of 40,000 customers.
held as (

    {{ merge_spells('seats', ['account_id', 'user_id']) }}

)

select
    snapshots.snapshot_on,
    held.account_id,
    count(held.user_id) as paid_seat_count,
    count(held.user_id) filter (where users.is_active_30d) as active_seat_count,
from held
inner join {{ ref('int_calendar__snapshots') }} as snapshots
    on
        held.began_on <= snapshots.snapshot_on
        and coalesce(held.ended_on, cast('9999-12-31' as date)) > snapshots.snapshot_on
left join {{ ref('int_product__user_snapshots') }} as users
    on
        snapshots.snapshot_on = users.snapshot_on
        and held.account_id = users.account_id
        and held.user_id = users.user_id
group by snapshots.snapshot_on, held.account_id
