-- Grain: one row per customer, measure that may be shared with it, and month of its last year.
with

customer_scorecard_months as (

    select
        readings.customer_id,
        readings.measure_id,
        readings.metric_id,
        cast({{ dbt.date_trunc('month', 'readings.day_on') }} as date) as month_start,
        cast(
            case any_value(readings.summary)
                when 'last' then max_by(readings.measure, readings.day_on)
                when 'median' then median(readings.measure)
                else {{ exact_sum('readings.measure') }} / nullif(sum(readings.case_count), 0)
            end as double
        ) as value,
    from {{ ref('int_customers__readings') }} as readings
    inner join {{ ref('customer_scorecard') }} as cards
        on
            readings.customer_id = cards.customer_id
            and readings.measure_id = cards.measure_id
    cross join {{ ref('int_calendar__run') }} as run
    where
        readings.summary != 'once'
        and readings.day_on
        > {{ dbt.dateadd('month', -13, dbt.last_day('run.as_of', 'month')) }}
    group by all

)

select * from customer_scorecard_months
