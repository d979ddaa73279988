-- Grain: one row per customer and snapshot day before which it had a champion: the user who used
-- most of all in the six months that had ended 28 days before.
with

used as (

    select
        accounts.customer_id,
        days.user_id,
        days.occurred_on,
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
        {{ month_start('used.occurred_on') }} as month_start,
        count(*) as day_count,
        min(used.occurred_on) as first_on,
        sum(used.value_event_count) as value_event_count,
    from used
    group by used.customer_id, used.user_id, {{ month_start('used.occurred_on') }}

),

-- Who used most; of equal ones who came on more days. Of a user alone nobody is left to be led.
chosen as (

    select
        by_month.customer_id,
        months.month_start as last_month_start,
        by_month.user_id,
        min(by_month.first_on) as first_on,
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
        chosen.first_on,
        snapshots.snapshot_on,
    from {{ ref('int_calendar__snapshots') }} as snapshots
    inner join chosen
        on
            chosen.last_month_start
            = {{ dbt.dateadd(
                'month', -1, month_start(dbt.dateadd('day', -27, 'snapshots.snapshot_on'))
            ) }}

),

champions as (

    select distinct
        chosen.customer_id,
        chosen.user_id,
    from chosen

),

-- How many days, this one included, a champion had come by then.
champion_days as (

    select
        used.customer_id,
        used.user_id,
        used.occurred_on,
        row_number() over (
            partition by used.customer_id, used.user_id order by used.occurred_on
        ) as day_number,
    from used
    inner join champions
        on used.customer_id = champions.customer_id and used.user_id = champions.user_id
    group by used.customer_id, used.user_id, used.occurred_on

),

account_days as (

    select distinct
        used.customer_id,
        used.occurred_on,
    from used

),

-- What the model asks of the champion, since its first day of those months.
histories as (

    select
        followed.customer_id,
        followed.snapshot_on,
        followed.user_id,
        last_days.day_number - first_days.day_number as repeat_count,
        {{ dbt.datediff('followed.first_on', 'last_days.occurred_on', 'day') }} as recency_days,
        {{ dbt.datediff('followed.first_on', 'followed.snapshot_on', 'day') }} as age_days,
        {{ dbt.datediff('account_days.occurred_on', 'followed.snapshot_on', 'day') }}
            as account_days_away,
    from followed
    inner join champion_days as first_days
        on
            followed.customer_id = first_days.customer_id
            and followed.user_id = first_days.user_id
            and followed.first_on = first_days.occurred_on
    asof inner join champion_days as last_days
        on
            followed.customer_id = last_days.customer_id
            and followed.user_id = last_days.user_id
            and followed.snapshot_on >= last_days.occurred_on
    asof inner join account_days
        on
            followed.customer_id = account_days.customer_id
            and followed.snapshot_on >= account_days.occurred_on

),

-- By the model that was the newest then: the odds that the last visit was the last of all (Fader,
-- Hardie and Lee 2008, Computing P(alive) using the BG/NBD model). Who never came again has not
-- stayed away after coming again.
told as (

    select
        histories.*,
        case
            when fits.r is null then null
            when histories.repeat_count = 0 then 0
            else
                fits.a / (fits.b + histories.repeat_count - 1)
                * power(
                    (fits.alpha + histories.age_days) / (fits.alpha + histories.recency_days),
                    fits.r + histories.repeat_count
                )
        end as gone_odds,
    from histories
    asof left join {{ ref('int_product__activity_fits') }} as fits
        on histories.snapshot_on >= fits.cutoff_on

)

select
    told.customer_id,
    told.snapshot_on,
    told.user_id,
    told.age_days - told.recency_days as days_away,
    told.account_days_away,
    1 / (1 + told.gone_odds) as active_probability,
from told
