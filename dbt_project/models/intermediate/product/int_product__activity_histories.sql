-- Grain: one row per first day of a quarter and history that users had of the 180 days before it.
with

cutoffs as (

    select distinct
        cast({{ dbt.date_trunc('quarter', 'snapshots.snapshot_on') }} as date) as cutoff_on,
    from {{ ref('int_calendar__snapshots') }} as snapshots

),

users as (

    select
        cutoffs.cutoff_on,
        count(*) - 1 as repeat_count,
        min(days.occurred_on) as first_on,
        max(days.occurred_on) as last_on,
    from cutoffs
    inner join {{ ref('int_product__user_days') }} as days
        on
            cutoffs.cutoff_on > days.occurred_on
            and {{ dbt.dateadd('day', -180, 'cutoffs.cutoff_on') }} <= days.occurred_on
    where days.value_event_count > 0 and days.user_id is not null
    group by cutoffs.cutoff_on, days.account_id, days.user_id

)

select
    users.cutoff_on,
    users.repeat_count,
    {{ dbt.datediff('users.first_on', 'users.last_on', 'day') }} as recency_days,
    {{ dbt.datediff('users.first_on', 'users.cutoff_on', 'day') }} as age_days,
    count(*) as user_count,
from users
group by all
