-- Grain: one row per currency and month.
with

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
        used.currency,
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
    from {{ ref('int_currencies__used') }} as used
    cross join months
    left join known
        on used.currency = known.currency
    group by used.currency, months.month_start

)

select
    looked_up.currency,
    looked_up.month_start,
    {% for rate in ['closing_rate', 'opening_rate'] -%}
    case
        when looked_up.currency = '{{ setting("reporting_currency") }}' then 1.0
        when looked_up.{{ rate }} is null
            then error(
                'fx_rates.csv has no rate of the currency ' || looked_up.currency
                || ': add one, what a unit is worth in {{ setting("reporting_currency") }} at the '
                || 'end of a month'
            )
        else looked_up.{{ rate }}
    end as {{ rate }},
    {% endfor -%}
from looked_up
