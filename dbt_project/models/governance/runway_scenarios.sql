-- Grain: one row per scenario.
with

months as (

    select cast(numbers.number as integer) as month_number,
    from generate_series(1, 60) as numbers (number)

),

assumed as (

    select
        scenarios.*,
        starts.started_on,
        starts.cash,
        starts.mrr,
        starts.burn,
        starts.margin,
        starts.capital,
        {{ at_most('starts.churn * scenarios.churn_factor', 1) }} as churn,
        starts.bookings * scenarios.bookings_factor as bookings,
    from {{ ref('scenarios') }} as scenarios
    left join {{ ref('int_scenarios__start') }} as starts
        on true

),

-- MRR at the old prices: each month loses its churn and gains the bookings.
grown as (

    select
        assumed.*,
        months.month_number,
        case
            when assumed.churn = 0 then assumed.mrr + assumed.bookings * months.month_number
            else
                assumed.bookings / assumed.churn
                + (assumed.mrr - assumed.bookings / assumed.churn)
                * power(1 - assumed.churn, months.month_number)
        end as volume,
    from assumed
    cross join months

),

-- What more is sold leaves its margin, what more is asked for it all of itself.
burning as (

    select
        grown.*,
        grown.volume * (1 + grown.price_change) as projected_mrr,
        grown.burn
        - grown.margin * (grown.volume - grown.mrr)
        - grown.price_change * grown.volume
        + grown.capital * grown.cost_of_capital_change / 12 as projected_burn,
    from grown

),

spent as (

    select
        burning.*,
        burning.cash - sum(burning.projected_burn) over (
            partition by burning.scenario_id order by burning.month_number
        ) as cash_left,
    from burning

),

ended as (

    select
        spent.scenario_id,
        min(spent.month_number) filter (where spent.cash_left <= 0) as month_number,
        case
            when count(spent.cash_left) > 0
                then
                    list(
                        cast(spent.cash_left as double) order by spent.month_number
                    ) filter (where spent.month_number <= 36)
        end as cash_by_month,
    from spent
    group by spent.scenario_id

),

-- Within the month cash is spent evenly; the day is the one on which it is gone. Who has none
-- to begin with is out of it on the first.
dated as (

    select
        spent.scenario_id,
        spent.month_number,
        cast(
            {{ dbt.dateadd(
                'month', 'spent.month_number - 1', dbt.dateadd('day', 1, 'spent.started_on')
            ) }} as date
        ) as month_start,
        case
            when spent.cash_left + spent.projected_burn > 0
                then (spent.cash_left + spent.projected_burn) / spent.projected_burn
            else 0
        end as share_of_month,
    from spent
    inner join ended
        on
            spent.scenario_id = ended.scenario_id
            and spent.month_number = ended.month_number

),

runway_scenarios as (

    select
        assumed.scenario_id,
        assumed.label,
        assumed.churn_factor,
        assumed.bookings_factor,
        assumed.price_change,
        assumed.cost_of_capital_change,
        assumed.started_on,
        cast(assumed.cash as double) as cash,
        cast(assumed.burn as double) as monthly_burn,
        cast(assumed.mrr as double) as mrr,
        cast(assumed.churn as double) as monthly_churn,
        cast(assumed.bookings as double) as monthly_bookings,
        cast(assumed.margin as double) as gross_margin,
        cast(assumed.capital as double) as capital_raised,
        cast(
            least(
                dated.month_start
                + cast(
                    floor(
                        dated.share_of_month
                        * extract('day' from {{ month_end('dated.month_start') }})
                    ) as integer
                ),
                {{ month_end('dated.month_start') }}
            ) as date
        ) as cash_out_on,
        cast(dated.month_number - 1 + dated.share_of_month as double) as months_to_cash_out,
        cast(a_year_on.cash_left as double) as cash_after_12_months,
        cast(a_year_on.projected_mrr as double) as mrr_after_12_months,
        ended.cash_by_month,
        case
            when a_year_on.cash_left is null then 'no_data'
            when dated.scenario_id is null then 'not_reached'
            else 'ok'
        end as state,
    from assumed
    inner join ended
        on assumed.scenario_id = ended.scenario_id
    left join dated
        on assumed.scenario_id = dated.scenario_id
    left join spent as a_year_on
        on assumed.scenario_id = a_year_on.scenario_id and a_year_on.month_number = 12

)

select * from runway_scenarios
