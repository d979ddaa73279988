-- Grain: one row per flow between two layers, model, month where money is booked, fate and reason.
with

measures as (

    select distinct
        passed_on.flow,
        passed_on.measure,
    from {{ ref('int_lineage__passed_on') }} as passed_on

),

layer_accounting as (

    select
        passed_on.flow,
        passed_on.measure,
        passed_on.model_name,
        passed_on.month_start,
        case when passed_on.reason is null then 'passed_on' else 'left_out' end as fate,
        coalesce(passed_on.reason, 'to be in the next layer') as reason,
        passed_on.amount,
    from {{ ref('int_lineage__passed_on') }} as passed_on

    union all

    select
        arrived.flow,
        -- What nobody passed on should not be there.
        coalesce(measures.measure, 'unknown') as measure,
        arrived.model_name,
        arrived.month_start,
        'arrived' as fate,
        'in the next layer' as reason,
        arrived.amount,
    from {{ ref('int_lineage__arrived') }} as arrived
    left join measures
        on arrived.flow = measures.flow

)

select * from layer_accounting
