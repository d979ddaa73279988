-- Grain: one row per goal of a success plan that has come due.
with

fct_success_goals as (

    select
        goals.goal_id,
        accounts.customer_id,
        goals.due_on,
        goals.unit,
        cast(1 as integer) as due_count,
        cast(
            case when goals.achieved_on <= goals.due_on then 1 else 0 end as integer
        ) as met_count,
        -- In the goal's own unit, from where it began; nothing reported is nothing attained.
        cast(
            (
                coalesce(goals.achieved_value, goals.baseline_value, 0)
                - coalesce(goals.baseline_value, 0)
            )
            / nullif(goals.goal_value - coalesce(goals.baseline_value, 0), 0)
            as decimal(38, 15)
        ) as attained_share,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from {{ ref('stg_app__success_goals') }} as goals
    inner join {{ ref('int_customers__accounts') }} as accounts
        on goals.account_id = accounts.account_id
    inner join {{ ref('dim_customers') }} as customers
        on accounts.customer_id = customers.customer_id
    where goals.due_on <= {{ as_of() }}

)

select * from fct_success_goals
