-- Grain: one row per paying customer, month end or day of the run, and sign that it could buy
-- more.
with

seen as (

    select
        usage.customer_id,
        usage.snapshot_on,
        balances.mrr,
        usage.use_case_count,
        usage.active_seat_count / nullif(usage.paid_seat_count, 0) as seat_share,
        usage.monthly_active_users,
    from {{ ref('fct_usage_snapshots') }} as usage
    inner join {{ ref('int_calendar__snapshots') }} as days
        on usage.snapshot_on = days.snapshot_on
    cross join {{ ref('int_calendar__run') }} as run
    inner join {{ ref('fct_mrr_balances') }} as balances
        on
            usage.customer_id = balances.customer_id
            and usage.snapshot_on = balances.snapshot_on
            and balances.mrr > 0
    inner join {{ ref('fct_customer_health') }} as health
        on
            usage.customer_id = health.customer_id
            and usage.snapshot_on = health.snapshot_on
            and health.health_band != 'at_risk'
            and not health.has_given_notice
    where days.is_month_end or usage.snapshot_on = run.as_of

),

features as (

    select
        features.customer_id,
        features.snapshot_on,
        sum(features.used_count) as used_count,
        sum(features.available_count) as available_count,
    from {{ ref('fct_feature_snapshots') }} as features
    group by features.customer_id, features.snapshot_on

),

use_cases as (

    select count(distinct value_events.use_case) as use_case_count,
    from {{ ref('value_events') }} as value_events

),

signs as (

    select
        seen.customer_id,
        seen.snapshot_on,
        'seats_nearly_full' as signal,
        seen.seat_share as evidence,
        seen.mrr,
    from seen
    where seen.seat_share >= 0.9

    union all

    select
        seen.customer_id,
        seen.snapshot_on,
        'unused_modules' as signal,
        features.used_count / features.available_count as evidence,
        seen.mrr,
    from seen
    inner join features
        on seen.customer_id = features.customer_id and seen.snapshot_on = features.snapshot_on
    where
        seen.monthly_active_users > 0
        and features.used_count < features.available_count * 0.5

    union all

    select
        seen.customer_id,
        seen.snapshot_on,
        'concentrated_use' as signal,
        seen.use_case_count / use_cases.use_case_count as evidence,
        seen.mrr,
    from seen
    cross join use_cases
    where seen.monthly_active_users >= 5 and seen.use_case_count = 1

)

select
    signs.customer_id,
    signs.snapshot_on,
    signs.signal,
    signs.evidence,
    signs.mrr,
from signs
