-- Grain: one row per customer, service and day on which the customer asked while the service was
-- slow or failing.
select
    accounts.customer_id,
    days.service,
    days.occurred_on,
    list_sort(flatten(list(days.bad_minutes))) as bad_minutes,
from {{ ref('int_telemetry__account_days') }} as days
inner join {{ ref('int_customers__accounts') }} as accounts
    on days.account_id = accounts.account_id
cross join {{ ref('int_calendar__run') }} as run
where len(days.bad_minutes) > 0 and days.occurred_on <= run.as_of
group by accounts.customer_id, days.service, days.occurred_on
