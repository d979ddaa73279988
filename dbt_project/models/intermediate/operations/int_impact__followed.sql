-- Grain: one row per day from which customers are compared and customer paying on it.
with

days as (

    select distinct touched.compared_from,
    from {{ ref('int_impact__touched') }} as touched
    where touched.grain = 'month'

),

followed as (

    select
        days.compared_from,
        now.customer_id,
        now.currency,
        now.net_mrr,
        {%- for later in [30, 60] %}
        case
            when {{ dbt.dateadd('day', later, 'days.compared_from') }} <= run.as_of
                then coalesce(after_{{ later }}.net_mrr, 0)
        end as net_mrr_{{ later }}d,
        {%- endfor %}
    from days
    cross join {{ ref('int_calendar__run') }} as run
    inner join {{ ref('int_mrr__balance_periods') }} as now
        on days.compared_from >= now.valid_from and days.compared_from < now.valid_to
    {%- for later in [30, 60] %}
    left join {{ ref('int_mrr__balance_periods') }} as after_{{ later }}
        on
            now.customer_id = after_{{ later }}.customer_id
            and now.currency = after_{{ later }}.currency
            and after_{{ later }}.valid_from
            <= {{ dbt.dateadd('day', later, 'days.compared_from') }}
            and after_{{ later }}.valid_to
            > {{ dbt.dateadd('day', later, 'days.compared_from') }}
    {%- endfor %}

)

select
    followed.compared_from,
    followed.customer_id,
    {{ exact_sum('followed.net_mrr * rates.opening_rate') }} as mrr,
    {{ exact_sum('followed.net_mrr_30d * rates.opening_rate') }} as mrr_30d,
    {{ exact_sum('followed.net_mrr_60d * rates.opening_rate') }} as mrr_60d,
from followed
inner join {{ ref('int_currencies__monthly_rates') }} as rates
    on
        followed.currency = rates.currency
        and {{ month_start('followed.compared_from') }} = rates.month_start
group by followed.compared_from, followed.customer_id
having sum(followed.net_mrr) > 0
