-- Grain: one row per subscription and day on which its status was observed, holding until
-- the next (decisions, T2).
with

observed as (

    select
        observed.subscription_id,
        observed.observed_at,
        cast(observed.observed_at as date) as observed_on,
        observed.status,
        observed.is_paused or observed.status = 'paused' as is_paused,
        cast(observed.pause_resumes_at as date) as pause_resumes_on,
        observed.precedence,
        observed._file_order,
        observed._file_row,
    from {{ ref('int_subscriptions__status_observations') }} as observed
    inner join {{ ref('int_subscriptions__service_windows') }} as windows
        on observed.subscription_id = windows.subscription_id
    where
        observed.observed_at is not null
        -- A known end of service says more than the day on which `canceled` was seen.
        and (observed.status != 'canceled' or windows.service_ends_on is null)

),

-- Of several states on one day the last counts.
observations as (

    select
        observed.subscription_id,
        observed.observed_on,
        observed.status,
        observed.is_paused,
        observed.pause_resumes_on,
    from observed
    qualify {{ is_last_of_day('observed.observed_on') }}

),

first_observed as (

    select
        observed.subscription_id,
        observed.status,
    from observed
    qualify row_number() over (
        partition by observed.subscription_id
        order by
            observed.observed_at asc,
            observed.precedence desc,
            observed._file_order desc,
            observed._file_row desc
    ) = 1

),

-- Before its first observation a subscription was active, unless it never got that far.
presumed as (

    select
        windows.subscription_id,
        cast('0001-01-01' as date) as observed_on,
        case
            when first_observed.status in ('incomplete', 'incomplete_expired')
                then first_observed.status
            else 'active'
        end as status,
        false as is_paused,
        cast(null as date) as pause_resumes_on,
    from {{ ref('int_subscriptions__service_windows') }} as windows
    left join first_observed
        on windows.subscription_id = first_observed.subscription_id

),

statuses as (

    select * from presumed
    union all
    select * from observations

)

select
    statuses.subscription_id,
    statuses.observed_on as valid_from,
    lead(statuses.observed_on, 1, cast('9999-12-31' as date)) over (
        partition by statuses.subscription_id order by statuses.observed_on
    ) as valid_to,
    statuses.status,
    statuses.is_paused,
    statuses.pause_resumes_on,
from statuses
