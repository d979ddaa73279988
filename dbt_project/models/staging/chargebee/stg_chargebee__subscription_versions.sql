-- A status holds since the moment to which it owes itself, where that is told. One that ended
-- because nobody paid was overdue before; that it ended, its end says.
select
    subscription.id as subscription_id,
    subscription.customer_id,
    lower(subscription.currency_code) as currency,
    subscription.updated_at,
    case
        when subscription.status = 'paused'
            then {{ first_known(['subscription.updated_at', 'subscription.pause_date']) }}
        when
            subscription.status = 'cancelled'
            and subscription.cancel_reason in ('not_paid', 'no_card')
            then
                coalesce(
                    subscription.due_since,
                    {{ dbt.dateadd('day', -1, 'subscription.cancelled_at') }},
                    subscription.updated_at
                )
        else subscription.updated_at
    end as synced_at,
    case
        when
            subscription.status = 'cancelled'
            and subscription.cancel_reason in ('not_paid', 'no_card')
            then 'past_due'
        when subscription.status in ('cancelled', 'transferred') then 'canceled'
        when subscription.status = 'in_trial' then 'trialing'
        when subscription.status = 'paused' then 'paused'
        when subscription.due_since is not null then 'past_due'
        else 'active'
    end as status,
    case
        when subscription.status = 'non_renewing'
            then coalesce(subscription.cancelled_at, subscription.current_term_end)
    end as cancel_at,
    false as is_cancelled_at_period_end,
    subscription.cancel_schedule_created_at as cancelled_at,
    {{ code_of('subscription.cancel_reason_code', 'cancellation_reason') }}
        as cancellation_reason,
    {{ text_beside('subscription.cancel_reason_code', 'cancellation_reason') }}
        as cancellation_reason_text,
    subscription.status in ('cancelled', 'transferred') as has_ended,
    subscription.status = 'paused' as is_paused,
    subscription.resume_date as pause_resumes_at,
    -- Twelve months and a year are one interval.
    case
        when subscription.billing_period_unit = 'month' and subscription.billing_period % 12 = 0
            then 'year'
        else subscription.billing_period_unit
    end as interval_unit,
    case
        when subscription.billing_period_unit = 'month' and subscription.billing_period % 12 = 0
            then cast(subscription.billing_period / 12 as bigint)
        else coalesce(subscription.billing_period, 1)
    end as interval_count,
    subscription.subscription_items as items,
    subscription.coupons,
    subscription.discounts,
    subscription.created_at,
    coalesce(subscription.started_at, subscription.start_date) as started_at,
    subscription.trial_start as trial_started_at,
    subscription.trial_end as trial_ends_at,
    subscription.current_term_end as current_period_ends_at,
    subscription.cancelled_at as ends_at,
    coalesce(subscription.deleted, false) as is_deleted,
    subscription._file,
    subscription._file_row,
    subscription._file_order,
    subscription._load_id,
from {{ accepted_rows(source('chargebee', 'subscription')) }} as subscription
