-- Grain: one row per month end, segment, time since the first payment and months ahead: 0 for all
-- who pay and gave no notice, else for those of them who leave in that month.
with

paying as (

    select
        months.customer_id,
        months.month_start,
        months.period_end_on as known_on,
        months.segment,
        months.closing_mrr,
        min(months.month_start) over customer as first_month,
        -- The next month that they leave in.
        min(case when months.churned_mrr > 0 then months.month_start end) over (
            partition by months.customer_id
            order by months.month_start
            rows between 1 following and unbounded following
        ) as left_month,
    from {{ ref('fct_customer_months') }} as months
    inner join {{ ref('int_calendar__months') }} as calendar
        on months.month_start = calendar.month_start and calendar.is_complete
    window customer as (partition by months.customer_id)

),

given as (

    select
        announced.known_on,
        announced.customer_id,
        sum(announced.ending_mrr) as ending_mrr,
    from {{ ref('int_forecasts__announced') }} as announced
    group by announced.known_on, announced.customer_id

),

-- A customer with a notice of a part is still asked for the rest.
exposed as (

    select
        paying.*,
        paying.closing_mrr - coalesce(given.ending_mrr, 0) as mrr,
        {{ dbt.datediff('paying.first_month', 'paying.month_start', 'month') }} as tenure_months,
    from paying
    left join given
        on paying.customer_id = given.customer_id and paying.known_on = given.known_on
    where paying.closing_mrr > 0 and paying.closing_mrr - coalesce(given.ending_mrr, 0) >= 0.01

),

foretold as (

    select
        predictions.customer_id,
        predictions.known_on,
    {% for days in [30, 90, 180] -%}
    max(case when predictions.horizon_days = {{ days }} then predictions.probability end)
        as leaving_{{ days }}d,
    {% endfor -%}
    from {{ ref('int_outlook__predictions') }} as predictions
    where {{ is_foretold_loss('predictions') }}
    group by predictions.customer_id, predictions.known_on

),

banded as (

    select
        exposed.known_on,
        exposed.segment,
        case
            when exposed.tenure_months < 6 then 'first_half_year'
            when exposed.tenure_months < 12 then 'second_half_year'
            else 'later'
        end as tenure_band,
        exposed.mrr,
        {{ dbt.datediff('exposed.month_start', 'exposed.left_month', 'month') }} as left_after,
        {% for days in [30, 90, 180] -%}
        exposed.mrr * foretold.leaving_{{ days }}d as leaving_{{ days }}d,
        {% endfor -%}
    from exposed
    left join foretold
        on exposed.customer_id = foretold.customer_id and exposed.known_on = foretold.known_on

),

counted as (

    select
        banded.* exclude (banded.left_after),
        0 as months_ahead,
    from banded

    union all

    select
        banded.* exclude (banded.left_after),
        banded.left_after as months_ahead,
    from banded
    where banded.left_after is not null

)

select
    counted.known_on,
    counted.segment,
    counted.tenure_band,
    cast(counted.months_ahead as integer) as months_ahead,
    cast(count(*) as integer) as customer_count,
    {{ exact_sum('counted.mrr') }} as mrr,
    {% for days in [30, 90, 180] -%}
    case
        when count(counted.leaving_{{ days }}d) = count(*)
            then {{ exact_sum('counted.leaving_' ~ days ~ 'd') }}
    end as leaving_{{ days }}d,
    {% endfor -%}
from counted
group by counted.known_on, counted.segment, counted.tenure_band, counted.months_ahead
