-- Grain: one row per paying customer, snapshot day and warning sign that is measured on such days.
with

used as (

    select
        usage.customer_id,
        usage.snapshot_on,
        usage.value_event_count_30d as use_count,
        usage.active_seat_count / nullif(usage.paid_seat_count, 0) as seat_share,
        usual.use_count as usual_use_count,
        usual.seat_share as usual_seat_share,
    from {{ ref('fct_usage_snapshots') }} as usage
    inner join {{ ref('int_product__usual_use') }} as usual
        on usage.customer_id = usual.customer_id and usage.snapshot_on = usual.snapshot_on

),

asked as (

    select
        tickets.customer_id,
        days.snapshot_on,
        count(*) filter (
            where tickets.created_on > {{ dbt.dateadd('day', -28, 'days.snapshot_on') }}
        ) as ticket_count,
        -- As many as 28 days of the half year before had.
        28.0 / 152 * count(*) filter (
            where tickets.created_on <= {{ dbt.dateadd('day', -28, 'days.snapshot_on') }}
        ) as usual_count,
    from {{ ref('int_calendar__snapshots') }} as days
    inner join {{ ref('fct_tickets') }} as tickets
        on
            days.snapshot_on >= tickets.created_on
            and {{ dbt.dateadd('day', -180, 'days.snapshot_on') }} < tickets.created_on
    where tickets.customer_id is not null
    group by tickets.customer_id, days.snapshot_on

),

-- A sign begins beyond its threshold, and ends well inside it, or inside it twice.
signs as (

    select
        used.customer_id,
        'use_falling' as signal,
        used.snapshot_on,
        cast(used.use_count as double) as value,
        cast(used.usual_use_count as double) as baseline,
        used.usual_use_count >= 8 and used.use_count <= 0.6 * used.usual_use_count as is_beyond,
        used.use_count > 0.6 * used.usual_use_count as is_inside,
        coalesce(used.use_count >= 0.8 * used.usual_use_count, false) as is_clear,
    from used

    union all

    select
        used.customer_id,
        'seats_emptying' as signal,
        used.snapshot_on,
        cast(used.seat_share as double) as value,
        cast(used.usual_seat_share as double) as baseline,
        used.seat_share < 0.6 and used.seat_share <= 0.7 * used.usual_seat_share as is_beyond,
        used.seat_share > 0.7 * used.usual_seat_share as is_inside,
        coalesce(used.seat_share >= 0.85 * used.usual_seat_share, false) as is_clear,
    from used

    union all

    select
        asked.customer_id,
        'support_spike' as signal,
        asked.snapshot_on,
        cast(asked.ticket_count as double) as value,
        cast(asked.usual_count as double) as baseline,
        asked.ticket_count >= 3 and asked.ticket_count >= 2 * asked.usual_count as is_beyond,
        asked.ticket_count < 2 * asked.usual_count as is_inside,
        asked.ticket_count <= asked.usual_count as is_clear,
    from asked

    union all

    select
        relations.customer_id,
        'detractor' as signal,
        relations.snapshot_on,
        cast(relations.detractor_count as double) as value,
        null as baseline,
        relations.detractor_count > 0 as is_beyond,
        relations.detractor_count = 0 as is_inside,
        relations.detractor_count = 0 as is_clear,
    from {{ ref('fct_relationship_snapshots') }} as relations

    union all

    -- Of days of which events are known: a user is not away because a file is. Three weeks may be
    -- a holiday, and who comes rarely may be away for four by chance.
    select
        champions.customer_id,
        'champion_gone' as signal,
        champions.snapshot_on,
        cast(champions.days_away as double) as value,
        null as baseline,
        champions.days_away >= 28
        and champions.active_probability <= 0.1
        and champions.account_days_away < 28 as is_beyond,
        champions.days_away < 28 or champions.active_probability > 0.1 as is_inside,
        champions.days_away < 28 as is_clear,
    from {{ ref('int_product__champions') }} as champions
    inner join {{ ref('fct_usage_snapshots') }} as usage
        on
            champions.customer_id = usage.customer_id
            and champions.snapshot_on = usage.snapshot_on

    {% for band in ['at_risk', 'watch'] -%}
    union all

    select
        health.customer_id,
        'health_{{ band }}' as signal,
        health.snapshot_on,
        cast(health.health_score as double) as value,
        null as baseline,
        health.health_band = '{{ band }}' as is_beyond,
        health.health_band != '{{ band }}' as is_inside,
        health.health_band != '{{ band }}' as is_clear,
    from {{ ref('fct_customer_health') }} as health

    {% endfor %}
)

select signs.*
from signs
inner join {{ ref('fct_mrr_balances') }} as balances
    on
        signs.customer_id = balances.customer_id
        and signs.snapshot_on = balances.snapshot_on
        and balances.mrr > 0
where signs.is_beyond is not null
