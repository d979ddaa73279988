-- Grain: one row per customer and month: for how long customers like it stay.
with

-- How long customers stay, by segment and health: churn of the last twelve months, pulled
-- towards the company's where few were there to see (a year of two customers weighs as much).
bands as (

    select
        months.customer_id,
        months.month_start,
        months.segment,
        months.opening_customer_count,
        case when months.movement_type = 'churn' then 1 else 0 end as churned_count,
        coalesce(opening.health_band, 'unknown') as opening_band,
        coalesce(closing.health_band, 'unknown') as closing_band,
    from {{ ref('fct_customer_months') }} as months
    left join {{ ref('fct_customer_health') }} as opening
        on
            months.customer_id = opening.customer_id
            and {{ dbt.dateadd('day', -1, 'months.month_start') }} = opening.snapshot_on
    left join {{ ref('fct_customer_health') }} as closing
        on
            months.customer_id = closing.customer_id
            and months.period_end_on = closing.snapshot_on

),

band_months as (

    select
        bands.month_start,
        bands.segment,
        bands.opening_band,
        sum(bands.opening_customer_count) as opening_count,
        sum(bands.churned_count) as churned_count,
    from bands
    group by bands.month_start, bands.segment, bands.opening_band

),

company_churn as (

    select
        months.month_start,
        sum(earlier.churned_count) / nullif(sum(earlier.opening_count), 0) as churn_rate,
    from {{ ref('int_calendar__months') }} as months
    inner join band_months as earlier
        on
            months.month_start >= earlier.month_start
            and {{ dbt.dateadd('month', -12, 'months.month_start') }} < earlier.month_start
    group by months.month_start

),

band_churn as (

    select
        company_churn.month_start,
        earlier.segment,
        earlier.opening_band,
        (sum(earlier.churned_count) + 24 * max(company_churn.churn_rate))
        / (sum(earlier.opening_count) + 24) as churn_rate,
    from company_churn
    inner join band_months as earlier
        on
            company_churn.month_start >= earlier.month_start
            and {{ dbt.dateadd('month', -12, 'company_churn.month_start') }}
            < earlier.month_start
    group by company_churn.month_start, earlier.segment, earlier.opening_band

),

expected as (

    select
        bands.customer_id,
        bands.month_start,
        bands.closing_band,
        coalesce(band_churn.churn_rate, company_churn.churn_rate) as churn_rate,
    from bands
    left join company_churn
        on bands.month_start = company_churn.month_start
    left join band_churn
        on
            bands.month_start = band_churn.month_start
            and bands.segment = band_churn.segment
            and bands.closing_band = band_churn.opening_band

),

-- Without anybody who could have left nothing is known of how long customers stay.
fct_customer_lifetimes as (

    select
        expected.customer_id,
        expected.month_start,
        expected.closing_band as health_band,
        cast(
            case
                when expected.churn_rate = 0 then 60
                else {{ at_most('1 / expected.churn_rate', 60) }}
            end as double
        ) as lifetime_months,
    from expected

)

select * from fct_customer_lifetimes
