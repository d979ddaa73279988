-- Grain: one row per customer and snapshot day (Sundays, month ends, the run's day), from
-- the customer's first on.
with

-- Who has signed is a customer with something agreed, and nothing paid until it begins.
firsts as (

    select
        segments.customer_id,
        min({{ at_most('segments.valid_from', 'segments.known_on') }}) as first_on,
    from {{ ref('int_subscriptions__segments') }} as segments
    group by segments.customer_id

),

customer_snapshots as (

    select
        firsts.customer_id,
        snapshots.snapshot_on,
        snapshots.month_start,
        snapshots.is_month_end,
    from firsts
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on firsts.first_on <= snapshots.snapshot_on

),

starts as (

    select
        segments.item_id,
        min(segments.valid_from) as starts_on,
    from {{ ref('int_subscriptions__segments') }} as segments
    group by segments.item_id

),

-- What is agreed for later: ends that are known, and starts that are signed.
agreed as (

    select
        snapshots.snapshot_on,
        segments.customer_id,
        segments.currency,
        sum(
            case
                when
                    segments.valid_from <= snapshots.snapshot_on
                    and segments.valid_to > snapshots.snapshot_on
                    and not coalesce(segments.end_known_on <= snapshots.snapshot_on, false)
                    then segments.net_mrr
                when
                    segments.valid_from > snapshots.snapshot_on
                    and starts.starts_on = segments.valid_from
                    then segments.agreed_mrr
                else 0
            end
        ) as committed_local,
    from {{ ref('int_subscriptions__segments') }} as segments
    inner join starts
        on segments.item_id = starts.item_id
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on
            segments.valid_to > snapshots.snapshot_on
            -- What runs counts from its start on, also where it was entered later.
            and {{ first_known(['segments.valid_from', 'segments.known_on']) }}
            <= snapshots.snapshot_on
    group by snapshots.snapshot_on, segments.customer_id, segments.currency

),

-- What is paid or agreed beyond the day, for a year at most; and what of it comes up for
-- renewal within 90 days, where somebody committed to more than a few weeks.
signed as (

    select
        snapshots.snapshot_on,
        segments.customer_id,
        segments.currency,
        sum(
            segments.net_mrr
            * {{ dbt.datediff(
                'snapshots.snapshot_on',
                'least(terms.term_ends_on, snapshots.snapshot_on + 365)',
                'day'
            ) }}
        )
        * 12.0 / 365 as contracted_local,
        sum(
            case
                when
                    terms.cycle_months >= 3
                    and terms.term_ends_on <= {{ dbt.dateadd('day', 90, 'snapshots.snapshot_on') }}
                    then segments.net_mrr
                else 0
            end
        ) as renewing_local,
    from {{ ref('int_subscriptions__segments') }} as segments
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on
            segments.valid_from <= snapshots.snapshot_on
            and segments.valid_to > snapshots.snapshot_on
    inner join {{ ref('int_subscriptions__terms') }} as terms
        on
            segments.subscription_id = terms.subscription_id
            and snapshots.snapshot_on >= terms.term_starts_on
            and snapshots.snapshot_on < terms.term_ends_on
            and snapshots.snapshot_on < terms.service_ends_on
    where segments.net_mrr > 0
    group by snapshots.snapshot_on, segments.customer_id, segments.currency

),

amounts as (

    select
        balances.customer_id,
        snapshots.snapshot_on,
        balances.currency,
        balances.net_mrr,
        balances.list_mrr,
        balances.trial_mrr,
        0 as committed_mrr,
        0 as contracted_mrr,
        0 as renewing_mrr,
    from {{ ref('int_mrr__balance_periods') }} as balances
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on
            balances.valid_from <= snapshots.snapshot_on
            and balances.valid_to > snapshots.snapshot_on

    union all

    select
        agreed.customer_id,
        agreed.snapshot_on,
        agreed.currency,
        0 as net_mrr,
        0 as list_mrr,
        0 as trial_mrr,
        agreed.committed_local as committed_mrr,
        0 as contracted_mrr,
        0 as renewing_mrr,
    from agreed

    union all

    select
        signed.customer_id,
        signed.snapshot_on,
        signed.currency,
        0 as net_mrr,
        0 as list_mrr,
        0 as trial_mrr,
        0 as committed_mrr,
        signed.contracted_local as contracted_mrr,
        signed.renewing_local as renewing_mrr,
    from signed

),

converted as (

    select
        amounts.customer_id,
        amounts.snapshot_on,
        {% for column in [
            'net_mrr', 'list_mrr', 'trial_mrr', 'committed_mrr', 'contracted_mrr', 'renewing_mrr',
        ] -%}
    sum(
        {{ as_mrr('amounts.' ~ column ~ ' * ' ~ balance_rate('snapshots.is_month_end')) }}
    ) as {{ column }},
    {% endfor -%}
    from amounts
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on amounts.snapshot_on = snapshots.snapshot_on
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            amounts.currency = rates.currency
            and snapshots.month_start = rates.month_start
    group by amounts.customer_id, amounts.snapshot_on

),

fct_mrr_balances as (

    select
        customer_snapshots.customer_id,
        customer_snapshots.snapshot_on,
        {{ as_mrr('coalesce(converted.net_mrr, 0)') }} as mrr,
        {{ as_mrr('coalesce(converted.list_mrr, 0)') }} as list_mrr,
        {{ as_mrr('12 * coalesce(converted.net_mrr, 0)') }} as arr,
        {{ as_mrr('coalesce(converted.committed_mrr, 0)') }} as committed_mrr,
        {{ as_mrr('coalesce(converted.trial_mrr, 0)') }} as trial_mrr,
        {{ as_mrr('coalesce(converted.contracted_mrr, 0)') }} as contracted_revenue_12m,
        {{ as_mrr('12 * coalesce(converted.renewing_mrr, 0)') }} as renewing_arr_90d,
        cast(case when converted.net_mrr > 0 then 1 else 0 end as integer)
            as paying_customer_count,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from customer_snapshots
    inner join {{ ref('dim_customers') }} as customers
        on customer_snapshots.customer_id = customers.customer_id
    left join converted
        on
            customer_snapshots.customer_id = converted.customer_id
            and customer_snapshots.snapshot_on = converted.snapshot_on

)

select * from fct_mrr_balances
