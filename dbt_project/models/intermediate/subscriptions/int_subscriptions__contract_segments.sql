-- Grain: one row per subscription of a contract spreadsheet and run of days without any change
-- (decisions, T7).
with

periods as (

    select
        periods.*,
        {{ months_in_interval('periods.interval_unit', 'periods.interval_count') }} as months,
        least(
            coalesce(periods.ended_on, cast('9999-12-31' as date)),
            lead(periods.started_on, 1, cast('9999-12-31' as date)) over (
                partition by periods.subscription_id order by periods.started_on
            )
        ) as valid_to,
    from {{ ref('stg_contracts__subscription_periods') }} as periods

)

select
    'contracts' as source_name,
    periods.customer_id,
    periods.subscription_id,
    periods.subscription_id as item_id,
    periods.plan as product_id,
    periods.started_on as valid_from,
    periods.valid_to,
    case
        when periods.status in ('active', 'past_due', 'trialing', 'paused', 'unpaid')
            then periods.status
        else 'other'
    end as status,
    cast(periods.quantity as double) as quantity,
    cast(periods.months as double) as cycle_months,
    periods.currency,
    cast(periods.amount / periods.months as double) as unit_mrr,
    {{ as_mrr('periods.amount * periods.quantity / periods.months') }} as list_mrr,
    {{ as_mrr('periods.amount * periods.quantity / periods.months') }} as net_mrr,
    periods.started_on as known_on,
    -- The end of a term is known when it is signed.
    case when periods.ended_on is not null then periods.started_on end as end_known_on,
    periods._file,
    periods._file_row,
from periods
where periods.started_on < periods.valid_to
