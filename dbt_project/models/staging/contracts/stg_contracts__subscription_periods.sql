select
    period.subscription_id,
    period.customer_id,
    period.started_on,
    period.ended_on,
    -- Wide enough for their product.
    cast(period.amount as decimal(38, 6)) as amount,
    cast(coalesce(period.quantity, 1) as decimal(38, 6)) as quantity,
    coalesce(period.interval, 'month') as interval_unit,
    coalesce(period.interval_count, 1) as interval_count,
    lower(
        coalesce(period.currency, '{{ setting("reporting_currency") }}')
    ) as currency,
    coalesce(period.plan, 'unknown') as plan,
    coalesce(period.status, 'active') as status,
    period._file,
    period._file_row,
    period._load_id,
from
    {{ latest_rows(
        source('contracts', 'subscription_periods'),
        ['subscription_id', 'started_on']
    ) }}
        as period
where not coalesce(period.is_deleted, false)
