-- Grain: one row per cutoff (the last complete month and the one twelve months before), segment or
-- the total, and tenure: how many could leave by then, and how many did.
with

cutoffs as (

    select
        months.month_start as cutoff_on,
        months.month_start = max(months.month_start) over () as is_newest,
        months.month_start
        = {{ dbt.dateadd('month', -12, 'max(months.month_start) over ()') }} as is_held_out,
    from {{ ref('int_calendar__months') }} as months
    where months.is_complete

),

-- Months that were completed since the first payment, before the one in which it could leave.
at_risk as (

    select
        months.month_start,
        parts.segment,
        {{ dbt.datediff('customers.first_paid_on', 'months.month_start', 'month') }} - 1
            as tenure_months,
        case when months.movement_type = 'churn' then 1 else 0 end as lost_count,
    from {{ ref('fct_customer_months') }} as months
    inner join {{ ref('dim_customers') }} as customers
        on months.customer_id = customers.customer_id
    cross join unnest([customers.segment, 'total']) as parts (segment)
    where
        months.opening_customer_count = 1
        and {{ month_start('customers.first_paid_on') }} < months.month_start

)

select
    cutoffs.cutoff_on,
    cutoffs.is_newest,
    at_risk.segment,
    cast(at_risk.tenure_months as integer) as tenure_months,
    count(*) as at_risk_count,
    cast(sum(at_risk.lost_count) as bigint) as lost_count,
    cast('{{ setting("discount_rate") }}' as double) as discount_rate,
from cutoffs
inner join at_risk
    on cutoffs.cutoff_on >= at_risk.month_start
where cutoffs.is_newest or cutoffs.is_held_out
group by cutoffs.cutoff_on, cutoffs.is_newest, at_risk.segment, at_risk.tenure_months
