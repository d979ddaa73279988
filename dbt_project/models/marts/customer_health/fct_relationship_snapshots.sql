-- Grain: one row per customer that pays or has ever answered or bought services, and
-- snapshot day (Sundays, month ends, the run's day): how it stands to us.
with

answers as (

    select
        requests.person_id,
        requests.customer_id,
        cast(requests.answered_at as date) as answered_on,
        requests.answered_at,
        requests.request_id,
        requests.sentiment,
        requests.is_reference,
    from {{ ref('int_surveys__requests') }} as requests
    where requests.sentiment is not null

),

-- The latest answer of each respondent by the day; it counts for 90 days, a consent to be
-- a reference until the next answer.
latest as (

    select
        snapshots.snapshot_on,
        answers.person_id,
        answers.customer_id,
        answers.sentiment,
        answers.is_reference,
        {{ dbt.datediff('answers.answered_on', 'snapshots.snapshot_on', 'day') }} < 90
            as is_recent,
    from answers
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on answers.answered_on <= snapshots.snapshot_on
    qualify row_number() over (
        partition by snapshots.snapshot_on, answers.person_id
        order by answers.answered_at desc, answers.request_id desc
    ) = 1

),

paying as (

    select distinct
        balances.customer_id,
        snapshots.snapshot_on,
    from {{ ref('int_mrr__balance_periods') }} as balances
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on
            balances.valid_from <= snapshots.snapshot_on
            and balances.valid_to > snapshots.snapshot_on
    where balances.net_mrr > 0

),

served as (

    select
        projects.customer_id,
        snapshots.snapshot_on,
        count(*) as package_count,
    from {{ ref('int_delivery__projects') }} as projects
    inner join {{ ref('int_calendar__snapshots') }} as snapshots
        on projects.starts_on <= snapshots.snapshot_on
    where projects.customer_id is not null
    group by projects.customer_id, snapshots.snapshot_on

),

answered as (

    select
        latest.customer_id,
        latest.snapshot_on,
        count(*) filter (where latest.is_recent and latest.sentiment = 'promoter')
            as promoter_count,
        count(*) filter (where latest.is_recent and latest.sentiment = 'passive')
            as passive_count,
        count(*) filter (where latest.is_recent and latest.sentiment = 'detractor')
            as detractor_count,
        bool_or(latest.is_reference) as is_reference,
    from latest
    group by latest.customer_id, latest.snapshot_on

),

known as (

    select
        answered.customer_id,
        answered.snapshot_on,
    from answered
    union
    select
        paying.customer_id,
        paying.snapshot_on,
    from paying
    union
    select
        served.customer_id,
        served.snapshot_on,
    from served

),

fct_relationship_snapshots as (

    select
        known.customer_id,
        known.snapshot_on,
        cast(coalesce(answered.promoter_count, 0) as integer) as promoter_count,
        cast(coalesce(answered.passive_count, 0) as integer) as passive_count,
        cast(coalesce(answered.detractor_count, 0) as integer) as detractor_count,
        cast(
            case when answered.is_reference and known.customer_id is not null then 1 else 0 end
            as integer
        ) as reference_customer_count,
        cast(case when paying.customer_id is not null then 1 else 0 end as integer)
            as paying_customer_count,
        cast(
            case
                when paying.customer_id is not null and served.customer_id is not null then 1
                else 0
            end as integer
        ) as served_customer_count,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, 'unknown') as channel,
    from known
    left join answered
        on
            known.customer_id is not distinct from answered.customer_id
            and known.snapshot_on = answered.snapshot_on
    left join paying
        on
            known.customer_id = paying.customer_id
            and known.snapshot_on = paying.snapshot_on
    left join served
        on
            known.customer_id = served.customer_id
            and known.snapshot_on = served.snapshot_on
    left join {{ ref('dim_customers') }} as customers
        on known.customer_id = customers.customer_id

)

select * from fct_relationship_snapshots
