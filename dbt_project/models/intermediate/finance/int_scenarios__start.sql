-- Grain: one row.
with

months as (

    select
        metric_values.period_end,
        max(metric_values.value) filter (where metric_values.metric_id = 'cash_balance') as cash,
        max(metric_values.value) filter (where metric_values.metric_id = 'net_burn') as burn,
        max(metric_values.value) filter (where metric_values.metric_id = 'mrr') as mrr,
        max(metric_values.value) filter (where metric_values.metric_id = 'gross_mrr_churn_rate')
            as churn,
        max(metric_values.value) filter (where metric_values.metric_id = 'gross_margin') as margin,
        {{ exact_sum('metric_values.value', """
        filter (
            where metric_values.metric_id in ('new_mrr', 'expansion_mrr', 'reactivation_mrr')
        )
        """) }} as bookings,
    from {{ ref('metric_values') }} as metric_values
    where
        metric_values.grain = 'month'
        and metric_values.dimension = 'total'
        and metric_values.is_complete
        and metric_values.metric_id in (
            'cash_balance', 'net_burn', 'mrr', 'gross_mrr_churn_rate', 'gross_margin',
            'new_mrr', 'expansion_mrr', 'reactivation_mrr'
        )
    group by metric_values.period_end

),

known as (

    select
        months.*,
        row_number() over (order by months.period_end desc) as months_back,
    from months
    where
        months.cash is not null
        and months.burn is not null
        and months.mrr is not null
        and months.margin is not null
        and months.bookings is not null

),

raised as (

    select sum(-postings.amount) as capital,
    from {{ ref('int_ledger__postings') }} as postings
    where
        postings.category = 'financing'
        and postings.occurred_on <= (select max(known.period_end) from known)

)

select
    max(known.period_end) as started_on,
    max_by(known.cash, known.period_end) as cash,
    max_by(known.mrr, known.period_end) as mrr,
    avg({{ as_exact('known.burn') }}) as burn,
    -- Without anybody who could leave nothing is known of churn.
    avg({{ as_exact('known.churn') }}) as churn,
    avg({{ as_exact('known.bookings') }}) as bookings,
    avg({{ as_exact('known.margin') }}) as margin,
    coalesce(max(raised.capital), 0) as capital,
from known
cross join raised
where known.months_back <= 3
having count(*) > 0
