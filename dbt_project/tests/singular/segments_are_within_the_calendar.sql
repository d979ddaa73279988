{{ config(meta={'dagster': {'ref': {'name': 'int_subscriptions__segments'}}}) }}
-- What begins before the calendar is in no month.
select
    segments.source_name,
    segments.subscription_id,
    segments.valid_from,
from {{ ref('int_subscriptions__segments') }} as segments
where
    segments.valid_from < (
        select min(months.month_start) from {{ ref('int_calendar__months') }} as months
    )
