-- Grain: one row per way to tell how long customers stay, and segment or the total.
{% set methods = {
    'segment_and_health': 'survival_curve',
    'survival_curve': 'segment_and_health',
} -%}
with

held_out as (

    select min(exposures.cutoff_on) as cutoff_on,
    from {{ ref('int_lifetimes__exposures') }} as exposures
    having min(exposures.cutoff_on) < max(exposures.cutoff_on)

),

-- Who paid then, by what was known then.
standing as (

    select
        months.customer_id,
        months.month_start as cutoff_on,
        months.closing_mrr as mrr,
        customers.segment,
        {{ dbt.datediff('customers.first_paid_on', 'months.month_start', 'month') }}
            as tenure_months,
        1 / lifetimes.lifetime_months as churn_rate,
    from {{ ref('fct_customer_months') }} as months
    inner join held_out
        on months.month_start = held_out.cutoff_on
    inner join {{ ref('dim_customers') }} as customers
        on months.customer_id = customers.customer_id
    inner join {{ ref('fct_customer_lifetimes') }} as lifetimes
        on
            months.customer_id = lifetimes.customer_id
            and months.month_start = lifetimes.month_start
    where months.closing_mrr > 0

),

came as (

    select
        standing.customer_id,
        sum(later.closing_mrr) as revenue,
        max(case when later.movement_type = 'churn' then 1 else 0 end) as has_left,
    from standing
    inner join {{ ref('fct_customer_months') }} as later
        on
            standing.customer_id = later.customer_id
            and standing.cutoff_on < later.month_start
            and {{ dbt.dateadd('month', 12, 'standing.cutoff_on') }} >= later.month_start
    group by standing.customer_id

),

-- Both ways tell the twelve months that have passed since: who is there at the end of each.
told as (

    select
        standing.customer_id,
        standing.cutoff_on,
        parts.segment,
        standing.mrr * (1 - standing.churn_rate)
        * (1 - power(1 - standing.churn_rate, 12)) / standing.churn_rate
            as segment_and_health,
        standing.mrr * curves.months_ahead as survival_curve,
        came.revenue as came,
        came.has_left,
    from standing
    inner join {{ ref('int_lifetimes__curves') }} as curves
        on
            standing.cutoff_on = curves.cutoff_on
            and standing.segment = curves.segment
            and standing.tenure_months = curves.tenure_months
    inner join came
        on standing.customer_id = came.customer_id
    cross join unnest([standing.segment, 'total']) as parts (segment)

),

missed as (

    {% for method, other in methods.items() -%}
    select
        '{{ method }}' as method,
        told.segment,
        told.cutoff_on,
        told.came,
        told.has_left,
        told.{{ method }} as told,
        abs(told.{{ method }} - told.came) as missed,
        abs(told.{{ method }} - told.came) - abs(told.{{ other }} - told.came) as difference,
    from told
    {% if not loop.last -%}
    union all

    {% endif -%}
    {% endfor %}
),

summed as (

    select
        missed.method,
        missed.segment,
        max(missed.cutoff_on) as cutoff_on,
        count(*) as customer_count,
        sum(missed.has_left) as left_count,
        {{ exact_sum('missed.told') }} as told_revenue,
        {{ exact_sum('missed.came') }} as came_revenue,
        {{ exact_sum('missed.missed') }} as missed_revenue,
        {{ exact_sum('missed.difference') }} / count(*) as difference,
        {{ exact_sum('missed.difference * missed.difference') }} as squares,
    from missed
    group by missed.method, missed.segment

),

judged as (

    select
        summed.*,
        summed.customer_count < 30 or summed.left_count < 5 as is_too_few,
        1.96 * sqrt(
            {{ at_least('summed.squares / summed.customer_count - pow(summed.difference, 2)', 0) }}
            / nullif(summed.customer_count - 1, 0)
        ) as margin,
    from summed

),

lifetime_readouts as (

    select
        judged.method,
        judged.segment,
        judged.cutoff_on,
        cast(12 as integer) as months_ahead,
        cast(judged.customer_count as integer) as customer_count,
        cast(judged.left_count as integer) as left_count,
        {% for column in ['told_revenue', 'came_revenue'] -%}
        cast(judged.{{ column }} as double) as {{ column }},
        {% endfor -%}
        {% set numbers = {
            'bias': '(judged.told_revenue - judged.came_revenue) / nullif(judged.came_revenue, 0)',
            'relative_error': 'judged.missed_revenue / nullif(judged.came_revenue, 0)',
            'difference': 'judged.difference',
            'difference_lower': 'judged.difference - judged.margin',
            'difference_upper': 'judged.difference + judged.margin',
        } -%}
        {% for column, number in numbers.items() -%}
        cast(case when not judged.is_too_few then {{ number }} end as double) as {{ column }},
        {% endfor -%}
        case
            when judged.is_too_few then 'too_few'
            when judged.difference + judged.margin < 0 then 'better'
            when judged.difference - judged.margin > 0 then 'worse'
            else 'no_difference_shown'
        end as verdict,
    from judged

)

select * from lifetime_readouts
