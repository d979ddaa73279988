-- Grain: one row per snapshot day and account with paid seats.
with

seats as (

    select
        memberships.account_id,
        memberships.user_id,
        cast(memberships.started_at as date) as starts_on,
        coalesce(cast(memberships.ended_at as date), cast('9999-12-31' as date)) as ends_on,
    from {{ ref('stg_app__memberships') }} as memberships
    where memberships.is_paid_seat and memberships.started_at is not null

)

select
    snapshots.snapshot_on,
    seats.account_id,
    count(distinct seats.user_id) as paid_seat_count,
    count(distinct seats.user_id) filter (where users.is_active_30d) as active_seat_count,
from seats
inner join {{ ref('int_calendar__snapshots') }} as snapshots
    on seats.starts_on <= snapshots.snapshot_on and seats.ends_on > snapshots.snapshot_on
left join {{ ref('int_product__user_snapshots') }} as users
    on
        snapshots.snapshot_on = users.snapshot_on
        and seats.account_id = users.account_id
        and seats.user_id = users.user_id
group by snapshots.snapshot_on, seats.account_id
