-- Grain: one row per first day of a quarter and history that users had of the half year before it.
with

by_quarter as (

    select
        days.account_id,
        days.user_id,
        cast({{ dbt.date_trunc('quarter', 'days.occurred_on') }} as date) as quarter_start,
        count(*) as day_count,
        min(days.occurred_on) as first_on,
        max(days.occurred_on) as last_on,
    from {{ ref('int_product__user_days') }} as days
    where days.value_event_count > 0 and days.user_id is not null
    group by
        days.account_id,
        days.user_id,
        cast({{ dbt.date_trunc('quarter', 'days.occurred_on') }} as date)

),

cutoffs as (

    select distinct
        cast({{ dbt.date_trunc('quarter', 'snapshots.snapshot_on') }} as date) as cutoff_on,
    from {{ ref('int_calendar__snapshots') }} as snapshots

),

seen as (

    select
        cutoffs.cutoff_on,
        {{ dbt.dateadd('month', '-3 * quarters.ago', 'cutoffs.cutoff_on') }} as quarter_start,
    from cutoffs
    cross join unnest([1, 2]) as quarters (ago)

),

users as (

    select
        seen.cutoff_on,
        cast(sum(by_quarter.day_count) as bigint) - 1 as repeat_count,
        min(by_quarter.first_on) as first_on,
        max(by_quarter.last_on) as last_on,
    from seen
    inner join by_quarter
        on seen.quarter_start = by_quarter.quarter_start
    group by seen.cutoff_on, by_quarter.account_id, by_quarter.user_id

)

select
    users.cutoff_on,
    users.repeat_count,
    {{ dbt.datediff('users.first_on', 'users.last_on', 'day') }} as recency_days,
    {{ dbt.datediff('users.first_on', 'users.cutoff_on', 'day') }} as age_days,
    count(*) as user_count,
from users
group by all
