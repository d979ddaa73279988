-- Grain: one row per user of an account that is not a test, known by a keyed hash.
with

active_days as (

    select
        days.account_id,
        days.user_id,
        days.occurred_on,
    from {{ ref('int_product__user_days') }} as days
    where days.value_event_count > 0 and days.occurred_on <= {{ as_of() }}

),

first_days as (

    select
        active_days.account_id,
        active_days.user_id,
        min(active_days.occurred_on) as first_active_on,
    from active_days
    group by active_days.account_id, active_days.user_id

),

back as (

    select distinct
        active_days.account_id,
        active_days.user_id,
    from active_days
    inner join first_days
        on
            active_days.account_id = first_days.account_id
            and active_days.user_id = first_days.user_id
    where
        {{ dbt.datediff('first_days.first_active_on', 'active_days.occurred_on', 'day') }}
        between 30 and 36

),

-- A user's first active day, and whether the user came back a month later.
activity as (

    select
        first_days.account_id,
        first_days.user_id,
        first_days.first_active_on,
        back.user_id is not null as is_back,
    from first_days
    left join back
        on first_days.account_id = back.account_id and first_days.user_id = back.user_id

),

-- What lies beyond the run's day has not happened.
people as (

    select
        users.user_id,
        users.account_id,
        users.invited_at,
        case when cast(users.first_session_at as date) <= run.as_of then users.first_session_at end
            as first_session_at,
        case
            when cast(users.profile_completed_at as date) <= run.as_of
                then users.profile_completed_at
        end as profile_completed_at,
    from {{ ref('stg_app__users') }} as users
    cross join {{ ref('int_calendar__run') }} as run
    where cast(users.created_at as date) <= run.as_of

),

fct_users as (

    select
        {{ keyed_hash('people.user_id') }} as user_key,
        accounts.customer_id,
        cast(people.invited_at as date) as invited_on,
        cast(people.first_session_at as date) as set_up_on,
        cast(people.profile_completed_at as date) as profile_completed_on,
        activity.first_active_on,
        -- Half may never arrive: whoever still waits takes longer than anybody who came.
        cast(
            coalesce(
                {{ dbt.datediff('people.invited_at', 'people.first_session_at', 'second') }}
                / 3600.0,
                1e9
            ) as double
        ) as setup_hours,
        cast(case when people.invited_at is not null then 1 else 0 end as integer)
            as invited_count,
        cast(case when people.first_session_at is not null then 1 else 0 end as integer)
            as set_up_count,
        cast(
            case
                when
                    people.first_session_at is not null
                    and people.profile_completed_at is not null
                    then 1
                else 0
            end as integer
        ) as profile_completed_count,
        cast(case when activity.user_id is not null then 1 else 0 end as integer)
            as active_count,
        cast(case when activity.is_back then 1 else 0 end as integer) as back_after_30d_count,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from people
    inner join {{ ref('int_customers__accounts') }} as accounts
        on people.account_id = accounts.account_id
    inner join {{ ref('dim_customers') }} as customers
        on accounts.customer_id = customers.customer_id
    left join activity
        on people.account_id = activity.account_id and people.user_id = activity.user_id

)

select * from fct_users
