-- Grain: one row per customer and snapshot day, with how it used the product from half a year to
-- two months before: its own baseline, unknown below eight such days.
select
    usage.customer_id,
    usage.snapshot_on,
    case when count(*) over before >= 8 then avg(usage.value_event_count_30d) over before end
        as use_count,
    case
        when count(*) over before >= 8
            then avg(usage.value_event_count_30d / nullif(usage.paid_seat_count, 0)) over before
    end as use_per_seat,
    case
        when count(*) over before >= 8
            then avg(usage.active_seat_count / nullif(usage.paid_seat_count, 0)) over before
    end as seat_share,
from {{ ref('fct_usage_snapshots') }} as usage
window before as (
    partition by usage.customer_id
    order by usage.snapshot_on
    range between interval 180 days preceding and interval 60 days preceding
)
