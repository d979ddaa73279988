-- Grain: one row per currency and month: what one unit is worth in the reporting
-- currency at the month's end and at its beginning (DECISIONS.md, T6).
with

currencies as (

    select distinct segments.currency,
    from {{ ref('int_subscriptions__segments') }} as segments
    union
    select '{{ var("reporting_currency") }}' as currency

),

months as (

    select calendar.month_start,
    from {{ ref('int_calendar__months') }} as calendar

),

known as (

    select
        lower(rates.currency) as currency,
        cast(rates.month_start as date) as month_start,
        cast(rates.rate as double) as rate,
    from {{ ref('fx_rates') }} as rates

),

-- Each month takes its own rate, else the latest earlier one, else the first.
closing as (

    select
        currencies.currency,
        months.month_start,
        case
            when currencies.currency = '{{ var("reporting_currency") }}' then 1.0
            else coalesce(
                max_by(known.rate, known.month_start)
                filter (where known.month_start <= months.month_start),
                min_by(known.rate, known.month_start)
            )
        end as closing_rate,
    from currencies
    cross join months
    left join known
        on currencies.currency = known.currency
    group by currencies.currency, months.month_start

)

select
    closing.currency,
    closing.month_start,
    closing.closing_rate,
    lag(closing.closing_rate, 1, closing.closing_rate) over (
        partition by closing.currency order by closing.month_start
    ) as opening_rate,
from closing
