-- Grain: one row per customer and month, from the customer's first on.
with

balances as (

    select
        balances.customer_id,
        balances.month_start,
        max(balances.period_end_on) as period_end_on,
        sum({{ as_mrr('balances.net_local * balances.balance_rate') }}) as closing_mrr,
        sum({{ as_mrr('balances.net_local * balances.opening_rate') }})
            as closing_mrr_at_opening_rate,
        sum({{ as_mrr('balances.list_local * balances.balance_rate') }}) as closing_list_mrr,
    from {{ ref('int_mrr__month_balances') }} as balances
    group by balances.customer_id, balances.month_start

),

calendar as (

    select min(months.month_start) as first_month,
    from {{ ref('int_calendar__months') }} as months

),

compared as (

    select
        balances.*,
        coalesce(lag(balances.closing_mrr) over customer, 0) as opening_mrr,
        coalesce(lag(balances.closing_list_mrr) over customer, 0) as opening_list_mrr,
        coalesce(lag(balances.closing_mrr, 12) over customer, 0) as closing_mrr_12m_ago,
        {% for months in range(2, 6) -%}
        coalesce(lag(balances.closing_mrr, {{ months }}) over customer, 0)
            as closing_mrr_{{ months }}m_ago,
        {% endfor -%}
        {{ dbt.datediff('calendar.first_month', 'balances.month_start', 'month') }}
            as months_known,
    from balances
    cross join calendar
    window customer as (partition by balances.customer_id order by balances.month_start)

),

classified as (

    select
        compared.*,
        compared.closing_mrr_at_opening_rate - compared.opening_mrr as mrr_change,
        compared.closing_mrr - compared.closing_mrr_at_opening_rate as fx_mrr,
        {{ movement_type(
            has_paid_before='customers.first_paid_on < compared.month_start',
            before='compared.opening_mrr',
            after='compared.closing_mrr_at_opening_rate',
            change='(compared.closing_mrr_at_opening_rate - compared.opening_mrr)'
        ) }} as movement_type,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from compared
    inner join {{ ref('dim_customers') }} as customers
        on compared.customer_id = customers.customer_id

),

daily_churns as (

    select
        days.customer_id,
        {{ month_start('days.occurred_on') }} as month_start,
        count(*) as churn_count,
        max(days.occurred_on) as last_churned_on,
    from {{ ref('int_mrr__customer_days') }} as days
    where days.movement_type = 'churn'
    group by days.customer_id, {{ month_start('days.occurred_on') }}

),

fct_customer_months as (

    select
        classified.customer_id,
        classified.month_start,
        classified.period_end_on,
        {{ as_mrr('classified.opening_mrr') }} as opening_mrr,
        {{ as_mrr('classified.closing_mrr') }} as closing_mrr,
        {{ as_mrr('classified.opening_list_mrr') }} as opening_list_mrr,
        {{ as_mrr('classified.closing_list_mrr') }} as closing_list_mrr,
        classified.movement_type,
        {% for type, column in [
            ('new', 'new_mrr'),
            ('expansion', 'expansion_mrr'),
            ('contraction', 'contraction_mrr'),
            ('churn', 'churned_mrr'),
            ('reactivation', 'reactivation_mrr'),
        ] -%}
        {{ as_mrr(
            "case when classified.movement_type = '" ~ type
            ~ "' then abs(classified.mrr_change) else 0 end"
        ) }} as {{ column }},
        {% endfor -%}
        {{ as_mrr('classified.fx_mrr') }} as fx_mrr,
        cast(
            coalesce(daily_churns.churn_count, 0)
            - case when classified.movement_type = 'churn' then 1 else 0 end
            as integer
        ) as interruption_count,
        {{ as_mrr('coalesce(cohorts.opening_mrr_12m, 0)') }} as opening_mrr_12m,
        {{ as_mrr('coalesce(cohorts.retained_mrr_12m, 0)') }} as retained_mrr_12m,
        {{ as_mrr('coalesce(cohorts.retained_mrr_12m_capped, 0)') }}
            as retained_mrr_12m_capped,
        {{ as_mrr('coalesce(cohorts.retained_mrr_12m_as_converted, 0)') }}
            as retained_mrr_12m_as_converted,
        {{ as_mrr('coalesce(cohorts.retained_mrr_12m_excluding_pause, 0)') }}
            as retained_mrr_12m_excluding_pause,
        {{ as_mrr('classified.closing_mrr_12m_ago') }} as closing_mrr_12m_ago,
        -- Slopes of a least-squares line are sums of weighted months, so customers add up.
        cast(
            case
                when classified.months_known >= 2
                    then (classified.closing_mrr - classified.closing_mrr_2m_ago) / 2
            end as decimal(38, 15)
        ) as mrr_slope_3m,
        cast(
            case
                when classified.months_known >= 2
                    then
                        (
                            classified.closing_mrr
                            + classified.opening_mrr
                            + classified.closing_mrr_2m_ago
                        ) / 3
            end as decimal(38, 15)
        ) as mrr_mean_3m,
        cast(
            case
                when classified.months_known >= 5
                    then
                        (
                            2.5 * (classified.closing_mrr - classified.closing_mrr_5m_ago)
                            + 1.5 * (classified.opening_mrr - classified.closing_mrr_4m_ago)
                            + 0.5
                            * (classified.closing_mrr_2m_ago - classified.closing_mrr_3m_ago)
                        ) / 17.5
            end as decimal(38, 15)
        ) as mrr_slope_6m,
        cast(
            case
                when classified.months_known >= 5
                    then
                        (
                            classified.closing_mrr
                            + classified.opening_mrr
                            + classified.closing_mrr_2m_ago
                            + classified.closing_mrr_3m_ago
                            + classified.closing_mrr_4m_ago
                            + classified.closing_mrr_5m_ago
                        ) / 6
            end as decimal(38, 15)
        ) as mrr_mean_6m,
        cast(
            case
                when
                    classified.movement_type = 'churn'
                    and last_churns.movement_reason = 'involuntary'
                    then 1
                else 0
            end as integer
        ) as involuntary_churn_count,
        cast(case when classified.opening_mrr > 0 then 1 else 0 end as integer)
            as opening_customer_count,
        cast(case when classified.closing_mrr > 0 then 1 else 0 end as integer)
            as closing_customer_count,
        classified.segment,
        classified.plan,
        classified.region,
        classified.channel,
    from classified
    left join daily_churns
        on
            classified.customer_id = daily_churns.customer_id
            and classified.month_start = daily_churns.month_start
    left join {{ ref('int_mrr__churn_reasons') }} as last_churns
        on
            classified.customer_id = last_churns.customer_id
            and daily_churns.last_churned_on = last_churns.occurred_on
    left join {{ ref('int_mrr__retention_cohorts') }} as cohorts
        on
            classified.customer_id = cohorts.customer_id
            and classified.month_start = cohorts.month_start

)

select * from fct_customer_months
