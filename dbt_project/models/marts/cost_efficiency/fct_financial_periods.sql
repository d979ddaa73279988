-- Grain: one row per period (month, quarter) that the ledger reaches, for the company and
-- for each function that carries cost. A cube: a function is held against the company's
-- revenue, so its rows do not add up to the total's.
{%- set cost_groups = ['sales_marketing', 'research_development', 'general_administrative'] %}
{#- What adds up over a period, and what stands at its end. -#}
{%- set flows = [
    'revenue', 'cost_of_revenue', 'hosting_cost', 'services_revenue', 'services_cost', 'opex',
    'sales_marketing', 'research_development', 'general_administrative', 'billings', 'net_burn',
    'net_new_arr',
] %}
{%- set stocks = ['cash_balance', 'receivables', 'net_burn_3m', 'arr', 'arr_12m_ago'] %}
with

posted as (

    select
        postings.month_start,
        postings.function,
        postings.class_name,
        postings.statement,
        postings.category,
        postings.cost_group,
        {{ revenue_as_positive('postings') }} as amount,
        postings.statement = 'receivable' and postings.amount > 0 as is_billing,
    from {{ ref('int_ledger__postings') }} as postings

),

slices as (

    select
        'total' as dimension,
        'total' as dimension_value,
    union all
    select distinct
        'function' as dimension,
        posted.function as dimension_value,
    from posted
    where posted.statement = 'opex'

),

ledger_months as (

    select
        months.month_start,
        months.period_end_on,
        months.is_complete,
    from {{ ref('int_calendar__months') }} as months
    where
        months.month_start >= (select min(posted.month_start) from posted)
        and months.month_start <= (select max(posted.month_start) from posted)

),

company_months as (

    select
        posted.month_start,
        count(*) as posting_count,
        {% for column, condition in [
            ('revenue', "posted.statement = 'revenue'"),
            ('services_revenue', "posted.category = 'services_revenue'"),
            ('services_cost',
             "posted.statement = 'cost_of_revenue' and posted.class_name = 'Services'"),
            ('cost_of_revenue', "posted.statement = 'cost_of_revenue'"),
            ('hosting_cost', "posted.category = 'hosting'"),
            ('receivable_change', "posted.statement = 'receivable'"),
            ('billings', 'posted.is_billing'),
        ] -%}
        coalesce(sum(posted.amount) filter (where {{ condition }}), 0) as {{ column }},
        {% endfor -%}
    from posted
    group by posted.month_start

),

cash as (

    select
        {{ month_start('days.day_on') }} as month_start,
        sum(days.net_burn) as net_burn,
        max_by(days.cash_balance, days.day_on) as cash_balance,
    from {{ ref('fct_cash_days') }} as days
    group by {{ month_start('days.day_on') }}

),

costs as (

    select
        posted.month_start,
        coalesce(posted.function, 'total') as dimension_value,
        sum(posted.amount) as opex,
    {% for group in cost_groups -%}
    coalesce(sum(posted.amount) filter (where posted.cost_group = '{{ group }}'), 0)
        as {{ group }},
    {% endfor -%}
    from posted
    where posted.statement = 'opex'
    group by grouping sets (
        (posted.month_start), (posted.month_start, posted.function)
    )

),

-- By its type alone an expense is one of all functions: which part was spent on sales and
-- marketing, on research or on hosting, only account numbers tell. Books without receivables
-- say nothing of who owes what.
told_groups as (

    select
        {% for group in ['sales_marketing', 'research_development'] -%}
        bool_or(accounts.is_mapped and accounts.cost_group = '{{ group }}') as has_{{ group }},
        {% endfor -%}
        bool_or(accounts.is_mapped and accounts.statement = 'opex') as has_general_administrative,
        bool_or(accounts.is_mapped and accounts.category = 'hosting') as has_hosting,
        bool_or(accounts.statement = 'receivable') as has_receivables,
    from {{ ref('int_ledger__accounts') }} as accounts

),

-- What services cost is told by a class.
told_classes as (

    select bool_or(posted.class_name = 'Services') as has_services,
    from posted

),

recurring as (

    select
        months.month_start,
        12 * sum(months.closing_mrr) as arr,
        12 * sum(months.closing_mrr_12m_ago) as arr_12m_ago,
        12 * sum(
            months.new_mrr
            + months.expansion_mrr
            + months.reactivation_mrr
            - months.contraction_mrr
            - months.churned_mrr
            + months.fx_mrr
        ) as net_new_arr,
    from {{ ref('fct_customer_months') }} as months
    group by months.month_start

),

people as (

    select
        people.snapshot_on,
        sum(people.headcount) as headcount,
    from {{ ref('fct_people_snapshots') }} as people
    group by people.snapshot_on

),

months as (

    select
        ledger_months.month_start,
        ledger_months.period_end_on,
        ledger_months.is_complete,
        slices.dimension,
        slices.dimension_value,
        coalesce(company_months.revenue, 0) as revenue,
        coalesce(company_months.cost_of_revenue, 0) as cost_of_revenue,
        case when told_groups.has_hosting then coalesce(company_months.hosting_cost, 0) end
            as hosting_cost,
        coalesce(company_months.services_revenue, 0) as services_revenue,
        case when told_classes.has_services then coalesce(company_months.services_cost, 0) end
            as services_cost,
        cash.net_burn,
        cash.cash_balance,
        case when told_groups.has_receivables then coalesce(company_months.receivable_change, 0) end
            as receivable_change,
        case when told_groups.has_receivables then coalesce(company_months.billings, 0) end
            as billings,
        coalesce(costs.opex, 0) as opex,
        {% for group in cost_groups -%}
        case when told_groups.has_{{ group }} then coalesce(costs.{{ group }}, 0) end
            as {{ group }},
        {% endfor -%}
        recurring.arr,
        recurring.arr_12m_ago,
        coalesce(recurring.net_new_arr, 0) as net_new_arr,
        people.headcount,
        coalesce(company_months.posting_count, 0) as posting_count,
    from ledger_months
    cross join slices
    cross join told_groups
    cross join told_classes
    left join company_months
        on ledger_months.month_start = company_months.month_start
    left join cash
        on ledger_months.month_start = cash.month_start
    left join costs
        on
            ledger_months.month_start = costs.month_start
            and slices.dimension_value = costs.dimension_value
    left join recurring
        on ledger_months.month_start = recurring.month_start
    left join people
        on ledger_months.period_end_on = people.snapshot_on

),

-- Stocks at the month's end, and the burn of the last three months that are complete.
running as (

    select
        months.*,
        sum(months.receivable_change) over so_far as receivables,
        case
            when months.is_complete and count(*) over last_three = 3
                then sum(months.net_burn) over last_three
            when not months.is_complete and count(*) over three_before = 3
                then sum(months.net_burn) over three_before
        end as net_burn_3m,
    from months
    window
        so_far as (
            partition by months.dimension, months.dimension_value order by months.month_start
        ),
        last_three as (
            partition by months.dimension, months.dimension_value
            order by months.month_start
            rows between 2 preceding and current row
        ),
        three_before as (
            partition by months.dimension, months.dimension_value
            order by months.month_start
            rows between 3 preceding and 1 preceding
        )

),

periods as (

    select
        grains.grain,
        cast(
            case
                when grains.grain = 'month' then running.month_start
                else {{ dbt.date_trunc('quarter', 'running.month_start') }}
            end as date
        ) as period_start,
        running.dimension,
        running.dimension_value,
        count(*) as month_count,
        {% for flow in flows + ['posting_count'] -%}
        sum(running.{{ flow }}) as {{ flow }},
        {% endfor -%}
        {% for stock in stocks + ['headcount'] -%}
        max_by(running.{{ stock }}, running.month_start) as {{ stock }},
        {% endfor -%}
        sum({{ dbt.datediff('running.month_start', 'running.period_end_on', 'day') }} + 1)
            as day_count,
    from running
    cross join (values ('month'), ('quarter')) as grains (grain)
    group by all

),

fct_financial_periods as (

    select
        periods.grain,
        periods.period_start,
        periods.dimension,
        periods.dimension_value,
        {% for column in flows + stocks -%}
        cast(periods.{{ column }} as decimal(38, 4)) as {{ column }},
        {% endfor -%}
        -- The same period of the year before, to hold growth of revenue against cost's.
        cast(earlier.revenue as decimal(38, 4)) as revenue_12m_ago,
        cast(earlier.opex as decimal(38, 4)) as opex_12m_ago,
        -- A quarter's result is held against what was spent to win it: the quarter before.
        cast(previous.sales_marketing as decimal(38, 4)) as sales_marketing_before,
        cast(periods.headcount as integer) as headcount,
        cast(periods.day_count as integer) as day_count,
        cast(periods.posting_count as bigint) as posting_count,
    from periods
    left join periods as earlier
        on
            periods.grain = earlier.grain
            and periods.dimension = earlier.dimension
            and periods.dimension_value = earlier.dimension_value
            and {{ dbt.dateadd('year', -1, 'periods.period_start') }} = earlier.period_start
    left join periods as previous
        on
            periods.grain = 'quarter'
            and previous.grain = 'quarter'
            and previous.month_count = 3
            and periods.dimension = previous.dimension
            and periods.dimension_value = previous.dimension_value
            and {{ dbt.dateadd('month', -3, 'periods.period_start') }} = previous.period_start

)

select * from fct_financial_periods
