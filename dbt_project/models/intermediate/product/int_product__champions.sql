-- Grain: one row per customer and snapshot day before which it had a champion: the user who used
-- most of all in the six months that had ended 28 days before.
with

used as (

    select
        accounts.customer_id,
        days.user_id,
        days.occurred_on,
        {{ month_start('days.occurred_on') }} as month_start,
        days.value_event_count,
    from {{ ref('int_product__user_days') }} as days
    inner join {{ ref('int_customers__accounts') }} as accounts
        on days.account_id = accounts.account_id
    where days.value_event_count > 0 and days.user_id is not null

),

by_month as (

    select
        used.customer_id,
        used.user_id,
        used.month_start,
        count(distinct used.occurred_on) as day_count,
        sum(used.value_event_count) as value_event_count,
    from used
    group by used.customer_id, used.user_id, used.month_start

),

-- Who used most; of equal ones who came on more days. Of a user alone nobody is left to be led.
chosen as (

    select
        by_month.customer_id,
        months.month_start as last_month_start,
        by_month.user_id,
        sum(by_month.day_count) as day_count,
    from by_month
    inner join {{ ref('int_calendar__months') }} as months
        on
            by_month.month_start <= months.month_start
            and by_month.month_start > {{ dbt.dateadd('month', -6, 'months.month_start') }}
    group by by_month.customer_id, months.month_start, by_month.user_id
    qualify
        row_number() over (
            partition by by_month.customer_id, months.month_start
            order by
                sum(by_month.value_event_count) desc,
                sum(by_month.day_count) desc,
                by_month.user_id asc
        ) = 1
        and count(*) over (partition by by_month.customer_id, months.month_start) >= 2

),

followed as (

    select
        chosen.customer_id,
        chosen.user_id,
        snapshots.snapshot_on,
    from {{ ref('int_calendar__snapshots') }} as snapshots
    inner join chosen
        on
            chosen.last_month_start
            = {{ dbt.dateadd(
                'month', -1, month_start(dbt.dateadd('day', -27, 'snapshots.snapshot_on'))
            ) }}
    -- Once a week; who comes more rarely may be away for four by chance.
    where chosen.day_count >= 24

),

account_days as (

    select distinct
        used.customer_id,
        used.occurred_on,
    from used

)

select
    followed.customer_id,
    followed.snapshot_on,
    followed.user_id,
    {{ dbt.datediff('used.occurred_on', 'followed.snapshot_on', 'day') }} as days_away,
    {{ dbt.datediff('account_days.occurred_on', 'followed.snapshot_on', 'day') }}
        as account_days_away,
from followed
asof inner join used
    on
        followed.customer_id = used.customer_id
        and followed.user_id = used.user_id
        and followed.snapshot_on >= used.occurred_on
asof inner join account_days
    on
        followed.customer_id = account_days.customer_id
        and followed.snapshot_on >= account_days.occurred_on
