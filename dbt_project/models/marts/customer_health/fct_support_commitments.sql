-- Grain: one row per ticket and target (first reply, resolution) that came due.
with

fct_support_commitments as (

    select
        commitments.ticket_id,
        commitments.target_kind,
        commitments.customer_id,
        commitments.priority,
        cast(commitments.due_at as date) as due_on,
        commitments.due_at,
        commitments.kept_at,
        commitments.is_met,
        cast(1 as integer) as due_count,
        cast(case when commitments.is_met then 1 else 0 end as integer) as met_count,
        commitments.team,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, 'unknown') as channel,
    from {{ ref('int_support__commitments') }} as commitments
    left join {{ ref('dim_customers') }} as customers
        on commitments.customer_id = customers.customer_id

)

select * from fct_support_commitments
