-- Grain: one row per customer and snapshot day, from the day it was provisioned on: while it is
-- subscribed, and after that as long as its use is in a window. Windows end on the snapshot day.
with

covered as (

    select
        coverage.covered_from,
        coverage.covered_through,
    from {{ ref('stg_raw_meta__coverage') }} as coverage
    where coverage.source = 'segment'

),

-- While a subscription pays or is tried; a customer that billing does not know counts too.
subscribed as (

    select distinct
        segments.customer_id,
        snapshots.snapshot_on,
    from {{ ref('int_subscriptions__segments') }} as segments
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on
            segments.valid_from <= snapshots.snapshot_on
            and segments.valid_to > snapshots.snapshot_on
    where segments.status in ('active', 'past_due', 'trialing')

),

-- Dense over the days that events cover: no use there is a 0, elsewhere it is unknown.
onboarded as (

    select
        onboardings.customer_id,
        snapshots.snapshot_on,
        subscribed.customer_id is not null or onboardings.subscribed_on is null
            as is_subscribed,
    from {{ ref('int_product__onboardings') }} as onboardings
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on onboardings.provisioned_on <= snapshots.snapshot_on
    inner join covered
        on
            snapshots.snapshot_on >= covered.covered_from
            and snapshots.snapshot_on <= covered.covered_through
    left join subscribed
        on
            onboardings.customer_id = subscribed.customer_id
            and snapshots.snapshot_on = subscribed.snapshot_on

),

users as (

    select
        accounts.customer_id,
        users.snapshot_on,
        count(*) filter (where users.is_active_7d) as weekly_active_users,
        count(*) filter (where users.is_active_30d) as monthly_active_users,
        count(*) filter (where users.is_active_prior_30d) as prior_monthly_active_users,
        -- Seven days hold five working days, whichever day they end on.
        sum(users.working_days_active_7d) / 5.0 as daily_active_users,
        sum(users.value_event_count_30d) as value_event_count_30d,
        sum(users.transaction_count_30d) as transaction_count_30d,
        sum(users.transaction_count_prior_30d) as transaction_count_prior_30d,
    from {{ ref('int_product__user_snapshots') }} as users
    inner join {{ ref('int_customers__accounts') }} as accounts
        on users.account_id = accounts.account_id
    group by accounts.customer_id, users.snapshot_on

),

-- Who left within the window was active in it; nobody waits for value any more, nor has seats.
customer_snapshots as (

    select
        onboarded.customer_id,
        onboarded.snapshot_on,
        onboarded.is_subscribed,
    from onboarded
    left join users
        on
            onboarded.customer_id = users.customer_id
            and onboarded.snapshot_on = users.snapshot_on
    where
        onboarded.is_subscribed
        or users.monthly_active_users > 0
        or users.prior_monthly_active_users > 0

),

seats as (

    select
        accounts.customer_id,
        seats.snapshot_on,
        sum(seats.paid_seat_count) as paid_seat_count,
        sum(seats.active_seat_count) as active_seat_count,
    from {{ ref('int_product__seat_snapshots') }} as seats
    inner join {{ ref('int_customers__accounts') }} as accounts
        on seats.account_id = accounts.account_id
    group by accounts.customer_id, seats.snapshot_on

),

-- What "as active as at go-live" means: users with a value event in the first 30 days of it.
baselines as (

    select
        accounts.customer_id,
        {{ dbt.dateadd('day', 29, 'onboardings.first_value_on') }} as baseline_on,
        count(distinct days.user_id) as baseline_users,
    from {{ ref('int_product__onboardings') }} as onboardings
    inner join {{ ref('int_customers__accounts') }} as accounts
        on onboardings.customer_id = accounts.customer_id
    inner join {{ ref('int_product__user_days') }} as days
        on
            accounts.account_id = days.account_id
            and onboardings.first_value_on <= days.occurred_on
            and days.occurred_on < {{ dbt.dateadd('day', 30, 'onboardings.first_value_on') }}
            and days.value_event_count > 0
    group by accounts.customer_id, onboardings.first_value_on

),

use_cases as (

    select
        accounts.customer_id,
        features.snapshot_on,
        count(distinct value_events.use_case) as use_case_count,
    from {{ ref('int_product__feature_snapshots') }} as features
    inner join {{ ref('int_customers__accounts') }} as accounts
        on features.account_id = accounts.account_id
    inner join {{ ref('value_events') }} as value_events
        on features.feature = value_events.feature
    group by accounts.customer_id, features.snapshot_on

),

fct_usage_snapshots as (

    select
        customer_snapshots.customer_id,
        customer_snapshots.snapshot_on,
        {{ as_exact('coalesce(users.daily_active_users, 0)') }} as daily_active_users,
        cast(coalesce(users.weekly_active_users, 0) as integer) as weekly_active_users,
        cast(coalesce(users.monthly_active_users, 0) as integer) as monthly_active_users,
        cast(coalesce(users.prior_monthly_active_users, 0) as integer)
            as prior_monthly_active_users,
        cast(coalesce(users.value_event_count_30d, 0) as bigint) as value_event_count_30d,
        cast(coalesce(users.transaction_count_30d, 0) as bigint) as transaction_count_30d,
        cast(coalesce(users.transaction_count_prior_30d, 0) as bigint)
            as transaction_count_prior_30d,
        {% for seats in ['paid_seat_count', 'active_seat_count'] -%}
        cast(
            case
                when customer_snapshots.is_subscribed then coalesce(seats.{{ seats }}, 0)
                else 0
            end as integer
        ) as {{ seats }},
        {% endfor -%}
        cast(coalesce(use_cases.use_case_count, 0) as integer) as use_case_count,
        cast(
            case
                when
                    customer_snapshots.is_subscribed
                    and baselines.baseline_on < customer_snapshots.snapshot_on
                    then coalesce(users.monthly_active_users, 0)
                else 0
            end as integer
        ) as comparable_active_users,
        cast(
            case
                when
                    customer_snapshots.is_subscribed
                    and baselines.baseline_on < customer_snapshots.snapshot_on
                    then baselines.baseline_users
                else 0
            end as integer
        ) as baseline_active_users,
        cast(
            case
                when
                    customer_snapshots.is_subscribed
                    and coalesce(
                        onboardings.first_value_on > customer_snapshots.snapshot_on, true
                    )
                    then 1
                else 0
            end as integer
        ) as waiting_customer_count,
        customer_snapshots.is_subscribed,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from customer_snapshots
    inner join {{ ref('int_product__onboardings') }} as onboardings
        on customer_snapshots.customer_id = onboardings.customer_id
    inner join {{ ref('dim_customers') }} as customers
        on customer_snapshots.customer_id = customers.customer_id
    left join users
        on
            customer_snapshots.customer_id = users.customer_id
            and customer_snapshots.snapshot_on = users.snapshot_on
    left join baselines
        on customer_snapshots.customer_id = baselines.customer_id
    left join use_cases
        on
            customer_snapshots.customer_id = use_cases.customer_id
            and customer_snapshots.snapshot_on = use_cases.snapshot_on
    left join seats
        on
            customer_snapshots.customer_id = seats.customer_id
            and customer_snapshots.snapshot_on = seats.snapshot_on

)

select * from fct_usage_snapshots
