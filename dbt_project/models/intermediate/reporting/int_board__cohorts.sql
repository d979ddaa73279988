-- Grain: one row per quarter of first payment, complete month or quarter after it, and measure.
with

members as (

    select
        customers.customer_id,
        cast({{ dbt.date_trunc('quarter', 'customers.first_paid_on') }} as date)
            as cohort_start,
        coalesce(first_months.closing_mrr, 0) as starting_mrr,
    from {{ ref('dim_customers') }} as customers
    left join {{ ref('fct_customer_months') }} as first_months
        on
            customers.customer_id = first_months.customer_id
            and first_months.month_start = {{ month_start('customers.first_paid_on') }}
    where customers.first_paid_on is not null

),

cohorts as (

    select
        members.cohort_start,
        count(*) as member_count,
        sum(members.starting_mrr) as starting_mrr,
    from members
    group by members.cohort_start

),

periods as (

    select
        'month' as grain,
        months.month_start as period_start,
        months.period_end_on as period_end,
        months.month_start,
    from {{ ref('int_calendar__months') }} as months
    where months.is_complete
    union all
    -- A quarter shows what its last month shows.
    select
        'quarter' as grain,
        cast({{ dbt.date_trunc('quarter', 'months.month_start') }} as date) as period_start,
        months.period_end_on as period_end,
        months.month_start,
    from {{ ref('int_calendar__months') }} as months
    where months.is_complete and extract('month' from months.month_start) % 3 = 0

),

remaining as (

    select
        periods.grain,
        periods.period_start,
        periods.period_end,
        members.cohort_start,
        sum(months.closing_mrr) as closing_mrr,
        count(*) filter (where months.closing_mrr > 0) as paying_count,
    from periods
    inner join {{ ref('fct_customer_months') }} as months
        on periods.month_start = months.month_start
    inner join members
        on months.customer_id = members.customer_id
    group by
        periods.grain,
        periods.period_start,
        periods.period_end,
        members.cohort_start

)

select
    remaining.grain,
    remaining.period_start,
    remaining.period_end,
    remaining.cohort_start,
    measures.measure,
    case measures.measure
        when 'mrr' then remaining.closing_mrr / nullif(cohorts.starting_mrr, 0)
        else remaining.paying_count / cast(cohorts.member_count as double)
    end as share_left,
from remaining
inner join cohorts
    on remaining.cohort_start = cohorts.cohort_start
cross join (values ('customers'), ('mrr')) as measures (measure)
-- While its quarter lasts a cohort is not closed.
where
    remaining.period_end
    >= {{ dbt.dateadd('day', -1, dbt.dateadd('month', 3, 'remaining.cohort_start')) }}
