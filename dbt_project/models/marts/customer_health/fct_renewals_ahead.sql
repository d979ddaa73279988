-- Grain: one row per subscription whose term of three months or more ends within a year of today.
with

-- A term that is cut short by an end which is known ends then.
ahead as (

    select
        terms.customer_id,
        terms.subscription_id,
        terms.cycle_months,
        run.as_of,
        terms.service_ends_on <= terms.term_ends_on as is_ending,
        case
            when terms.service_ends_on <= terms.term_ends_on then terms.service_ends_on
            else terms.term_ends_on
        end as due_on,
    from {{ ref('int_subscriptions__terms') }} as terms
    cross join {{ ref('int_calendar__run') }} as run
    where
        terms.cycle_months >= 3
        and terms.term_starts_on <= run.as_of
        and terms.term_ends_on > run.as_of
        and terms.service_ends_on > run.as_of

),

paid as (

    select
        ahead.subscription_id,
        ahead.due_on,
        {{ exact_sum('segments.net_mrr * ' ~ balance_rate('days.is_month_end')) }} as due_mrr,
    from ahead
    inner join {{ ref('int_subscriptions__segments') }} as segments
        on
            ahead.subscription_id = segments.subscription_id
            and ahead.as_of >= segments.valid_from
            and ahead.as_of < segments.valid_to
    inner join {{ ref('int_calendar__snapshots') }} as days
        on ahead.as_of = days.snapshot_on
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            segments.currency = rates.currency
            and days.month_start = rates.month_start
    group by ahead.subscription_id, ahead.due_on

),

-- Of the shortest stretch foretold that holds the day.
likely as (

    select
        ahead.subscription_id,
        ahead.due_on,
        min_by(outlook.probability, outlook.horizon_days) as leaving_probability,
    from ahead
    inner join {{ ref('customer_outlook') }} as outlook
        on
            ahead.customer_id = outlook.customer_id
            and outlook.outcome = 'churn'
            and {{ dbt.datediff('ahead.as_of', 'ahead.due_on', 'day') }} <= outlook.horizon_days
    group by ahead.subscription_id, ahead.due_on

),

fct_renewals_ahead as (

    select
        ahead.subscription_id,
        ahead.due_on,
        ahead.customer_id,
        cast(ahead.cycle_months as double) as term_months,
        cast({{ dbt.datediff('ahead.as_of', 'ahead.due_on', 'day') }} as integer) as days_ahead,
        {{ as_mrr('12 * paid.due_mrr') }} as due_arr,
        ahead.is_ending,
        cast(likely.leaving_probability as double) as leaving_probability,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from ahead
    inner join paid
        on ahead.subscription_id = paid.subscription_id and ahead.due_on = paid.due_on
    inner join {{ ref('dim_customers') }} as customers
        on ahead.customer_id = customers.customer_id
    left join likely
        on ahead.subscription_id = likely.subscription_id and ahead.due_on = likely.due_on
    where paid.due_mrr > 0 and ahead.due_on <= {{ dbt.dateadd('day', 365, 'ahead.as_of') }}

)

select * from fct_renewals_ahead
