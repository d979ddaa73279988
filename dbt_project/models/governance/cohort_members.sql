-- Grain: one row per duration and whose it is: a customer, an incident, a pull request, an
-- action.
with

members as (

    select
        durations.duration_type,
        durations.customer_id,
        cast(null as varchar) as incident_id,
        cast(null as varchar) as pull_request_id,
        cast(null as varchar) as action_id,
        durations.started_on,
        durations.has_arrived,
        durations.duration_days as duration,
        'days' as unit,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
        cast(null as varchar) as service,
        cast(null as varchar) as team,
    from {{ ref('int_product__durations') }} as durations
    inner join {{ ref('dim_customers') }} as customers
        on durations.customer_id = customers.customer_id

    union all

    select
        durations.duration_type,
        cast(null as varchar) as customer_id,
        case
            when durations.duration_type in ('time_to_restore', 'time_to_acknowledge')
                then durations.subject_id
        end as incident_id,
        case when durations.duration_type = 'change_review' then durations.subject_id end
            as pull_request_id,
        case when durations.duration_type = 'breach_to_action' then durations.subject_id end
            as action_id,
        durations.started_on,
        durations.has_arrived,
        durations.duration_hours as duration,
        'hours' as unit,
        cast(null as varchar) as segment,
        cast(null as varchar) as plan,
        cast(null as varchar) as region,
        cast(null as varchar) as channel,
        durations.service,
        durations.team,
    from {{ ref('int_operations__durations') }} as durations

),

cohort_members as (

    select
        members.duration_type,
        members.customer_id,
        members.incident_id,
        members.pull_request_id,
        members.action_id,
        members.started_on,
        members.has_arrived,
        cast(members.duration as double) as duration,
        members.unit,
        members.segment,
        members.plan,
        members.region,
        members.channel,
        members.service,
        members.team,
    from members

)

select * from cohort_members
