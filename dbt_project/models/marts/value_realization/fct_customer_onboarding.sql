-- Grain: one row per customer that was provisioned: its way to first value.
with

onboardings as (

    select
        onboardings.*,
        {{ dbt.datediff(
            'onboardings.provisioned_on', 'onboardings.first_value_on', 'day'
        ) }} as raw_days_to_value,
    from {{ ref('int_product__onboardings') }} as onboardings
    cross join {{ ref('int_calendar__run') }} as run
    where onboardings.provisioned_on <= run.as_of

),

-- The users whom a customer invited by the day of its first value: the baseline.
initial_users as (

    select
        accounts.customer_id,
        users.user_id,
        users.account_id,
        onboardings.first_value_on,
    from onboardings
    inner join {{ ref('int_customers__accounts') }} as accounts
        on onboardings.customer_id = accounts.customer_id
    inner join {{ ref('stg_app__users') }} as users
        on accounts.account_id = users.account_id
    where
        onboardings.first_value_on is not null
        and cast(coalesce(users.invited_at, users.created_at) as date)
        <= onboardings.first_value_on

),

initial_use as (

    select
        initial_users.customer_id,
        initial_users.user_id,
        coalesce(sum(days.value_event_count), 0) as value_event_count,
        coalesce(sum(days.transaction_count), 0) as transaction_count,
    from initial_users
    left join {{ ref('int_product__user_days') }} as days
        on
            initial_users.account_id = days.account_id
            and initial_users.user_id = days.user_id
            and initial_users.first_value_on <= days.occurred_on
            and days.occurred_on < {{ dbt.dateadd('day', 14, 'initial_users.first_value_on') }}
    group by initial_users.customer_id, initial_users.user_id

),

initial_adoption as (

    select
        initial_use.customer_id,
        count(*) as initial_user_count,
        count(*) filter (where initial_use.value_event_count > 0)
            as initial_active_user_count,
        sum(initial_use.transaction_count) as initial_transaction_count,
    from initial_use
    group by initial_use.customer_id

),

fct_customer_onboarding as (

    select
        onboardings.customer_id,
        onboardings.subscribed_on,
        onboardings.purchased_on,
        onboardings.provisioned_on,
        onboardings.first_value_on,
        cast({{ at_least('onboardings.raw_days_to_value', 0) }} as integer) as days_to_value,
        cast(1 as integer) as provisioned_count,
        cast(
            case
                when onboardings.raw_days_to_value <= {{ setting('activation_window_days') }}
                    then 1
                else 0
            end as integer
        ) as activated_count,
        cast(case when onboardings.first_value_on is null then 1 else 0 end as integer)
            as waiting_count,
        cast(coalesce(initial_adoption.initial_user_count, 0) as integer)
            as initial_user_count,
        cast(coalesce(initial_adoption.initial_active_user_count, 0) as integer)
            as initial_active_user_count,
        cast(coalesce(initial_adoption.initial_transaction_count, 0) as bigint)
            as initial_transaction_count,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from onboardings
    inner join {{ ref('dim_customers') }} as customers
        on onboardings.customer_id = customers.customer_id
    left join initial_adoption
        on onboardings.customer_id = initial_adoption.customer_id

)

select * from fct_customer_onboarding
