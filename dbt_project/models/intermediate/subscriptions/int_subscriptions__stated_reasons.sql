-- Grain: one row per subscription and day on which billing showed why it was cancelled.
select
    observed.subscription_id,
    cast(observed.observed_at as date) as stated_on,
    observed.cancellation_reason,
from {{ ref('int_subscriptions__status_observations') }} as observed
cross join {{ ref('int_calendar__run') }} as run
where
    observed.cancellation_reason is not null
    and cast(observed.observed_at as date) <= run.as_of
    -- A reason outlives the notice that was taken back; it is none any more.
    and (
        observed.status in ('canceled', 'incomplete_expired', 'past_due', 'unpaid')
        or observed.cancel_at is not null
        or coalesce(observed.is_cancelled_at_period_end, false)
    )
qualify {{ is_last_of_day('cast(observed.observed_at as date)') }}
