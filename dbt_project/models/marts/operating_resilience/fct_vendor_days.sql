-- Grain: one row per vendor and day on which it is one; commitments and outages of vendors
-- that nobody knows stand under `unknown`.
with

contracted as (

    select
        vendors.vendor_id,
        vendors.criticality,
        vendors.annual_spend,
        days.date_day as occurred_on,
    from {{ ref('stg_vendors__vendors') }} as vendors
    inner join {{ ref('time_spine_daily') }} as days
        on
            coalesce(vendors.started_on <= days.date_day, true)
            and coalesce(vendors.ended_on > days.date_day, true)

),

-- What proves on a day that the vendor is fit: the newest that was issued by then.
proven as (

    select
        contracted.vendor_id,
        contracted.occurred_on,
        evidence.open_finding_count,
        coalesce(evidence.expires_on > contracted.occurred_on, true) as is_valid,
        {{ dbt.datediff('evidence.issued_on', 'contracted.occurred_on', 'day') }} as age_days,
    from contracted
    inner join {{ ref('stg_vendors__evidence') }} as evidence
        on
            contracted.vendor_id = evidence.vendor_id
            and contracted.occurred_on >= evidence.issued_on
    qualify row_number() over (
        partition by contracted.vendor_id, contracted.occurred_on
        order by evidence.issued_on desc, evidence.evidence_id desc
    ) = 1

),

happened as (

    select
        coalesce(vendors.vendor_id, 'unknown') as vendor_id,
        commitments.due_on as occurred_on,
        1 as due_count,
        case when commitments.is_met then 1 else 0 end as met_count,
        0 as outage_minutes,
    from {{ ref('stg_vendors__commitments') }} as commitments
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('stg_vendors__vendors') }} as vendors
        on commitments.vendor_id = vendors.vendor_id
    where commitments.due_on <= run.as_of

    union all

    select
        coalesce(vendors.vendor_id, 'unknown') as vendor_id,
        outages.occurred_on,
        0 as due_count,
        0 as met_count,
        outages.outage_minutes,
    from {{ ref('int_incidents__outage_days') }} as outages
    left join {{ ref('stg_vendors__vendors') }} as vendors
        on outages.vendor_id = vendors.vendor_id
    where outages.vendor_id is not null

),

totals as (

    select
        happened.vendor_id,
        happened.occurred_on,
        sum(happened.due_count) as due_count,
        sum(happened.met_count) as met_count,
        {{ exact_sum('happened.outage_minutes') }} as outage_minutes,
    from happened
    group by happened.vendor_id, happened.occurred_on

),

-- Nothing is lost that happened outside of a vendor's time.
keys as (

    select
        contracted.vendor_id,
        contracted.occurred_on,
    from contracted
    union
    select
        totals.vendor_id,
        totals.occurred_on,
    from totals

),

spend as (

    select
        contracted.occurred_on,
        sum(contracted.annual_spend) as total_annual_spend,
    from contracted
    group by contracted.occurred_on

),

fct_vendor_days as (

    select
        keys.vendor_id,
        keys.vendor_id as vendor,
        keys.occurred_on,
        cast(contracted.vendor_id is not null as integer) as vendor_count,
        cast(contracted.criticality as integer) as criticality,
        cast(proven.open_finding_count as integer) as open_finding_count,
        cast(proven.age_days as integer) as evidence_age_days,
        coalesce(proven.is_valid, false) as has_valid_evidence,
        -- Criticality × (open findings + age of the evidence), each half of it. Without evidence
        -- nobody has found anything; evidence that does not say how much tells no risk.
        cast(
            contracted.criticality / 5.0 * (
                50.0 * case
                    when proven.vendor_id is null then 0
                    else {{ at_most('proven.open_finding_count', 5) }}
                end / 5
                + 50.0 * case
                    when proven.is_valid then {{ at_most('proven.age_days / 365.0', 1) }}
                    else 1
                end
            ) as decimal(38, 15)
        ) as risk_score,
        cast(
            case when contracted.vendor_id is null then 0 else contracted.annual_spend end as double
        ) as annual_spend,
        cast(spend.total_annual_spend as double) as total_annual_spend,
        cast(coalesce(totals.due_count, 0) as integer) as commitment_due_count,
        cast(coalesce(totals.met_count, 0) as integer) as commitment_met_count,
        {{ as_exact('coalesce(totals.outage_minutes, 0)') }} as outage_minutes,
    from keys
    left join contracted
        on keys.vendor_id = contracted.vendor_id and keys.occurred_on = contracted.occurred_on
    left join proven
        on keys.vendor_id = proven.vendor_id and keys.occurred_on = proven.occurred_on
    left join totals
        on keys.vendor_id = totals.vendor_id and keys.occurred_on = totals.occurred_on
    left join spend
        on keys.occurred_on = spend.occurred_on

)

select * from fct_vendor_days
