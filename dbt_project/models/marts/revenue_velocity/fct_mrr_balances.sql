-- Grain: one row per customer and snapshot day (Sundays, month ends, the run's day), from
-- the customer's first on.
with

firsts as (

    select
        segments.customer_id,
        min(segments.valid_from) as first_on,
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
            and segments.known_on <= snapshots.snapshot_on
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
    from agreed

),

converted as (

    select
        amounts.customer_id,
        amounts.snapshot_on,
    {% for column in ['net_mrr', 'list_mrr', 'trial_mrr', 'committed_mrr'] -%}
    sum(
            {{ as_mrr(
                "amounts." ~ column ~ " * case when snapshots.is_month_end "
                "then rates.closing_rate else rates.opening_rate end"
            ) }}
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
