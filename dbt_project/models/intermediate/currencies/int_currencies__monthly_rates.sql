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
looked_up as (

    select
        currencies.currency,
        months.month_start,
        coalesce(
            max_by(known.rate, known.month_start)
            filter (where known.month_start <= months.month_start),
            min_by(known.rate, known.month_start)
        ) as closing_rate,
        coalesce(
            max_by(known.rate, known.month_start)
            filter (where known.month_start < months.month_start),
            min_by(known.rate, known.month_start)
        ) as opening_rate,
    from currencies
    cross join months
    left join known
        on currencies.currency = known.currency
    group by currencies.currency, months.month_start

)

select
    looked_up.currency,
    looked_up.month_start,
    {% for rate in ['closing_rate', 'opening_rate'] -%}
    case
        when looked_up.currency = '{{ var("reporting_currency") }}' then 1.0
        else looked_up.{{ rate }}
    end as {{ rate }},
    {% endfor -%}
from looked_up
