-- Grain: one row per customer and month that the ledger reaches; `unknown` is whatever no
-- customer caused, so that sums are the ledger's.
{#- Each kind of money, the driver that it follows, and its column. -#}
{%- set kinds = [
    ('recurring_revenue', 'mrr', 'recurring_revenue'),
    ('usage_revenue', 'usage_charges', 'usage_revenue'),
    ('services_revenue', 'delivery', 'services_revenue'),
    ('hosting', 'usage', 'hosting_cost'),
    ('support', 'support', 'support_cost'),
    ('delivery', 'delivery', 'delivery_cost'),
    ('other_variable', 'mrr', 'other_variable_cost'),
] %}
{%- set told_kinds = ['hosting', 'support', 'delivery'] %}
with

posted as (

    select
        postings.month_start,
        case
            when postings.category in ('services_revenue', 'usage_revenue')
                then postings.category
            when postings.statement = 'revenue' then 'recurring_revenue'
            when postings.category in ('{{ told_kinds | join("', '") }}') then postings.category
            else 'other_variable'
        end as kind,
        {{ revenue_as_positive('postings') }} as amount,
    from {{ ref('int_ledger__postings') }} as postings
    where postings.statement = 'revenue' or postings.is_variable

),

amounts as (

    select
        posted.month_start,
        posted.kind,
        case posted.kind
            {%- for kind, driver, column in kinds %}
            when '{{ kind }}' then '{{ driver }}'
            {%- endfor %}
        end as driver,
        sum(posted.amount) as amount,
    from posted
    group by all

),

-- What each kind of money follows: MRR over the month, use, tickets, hours worked.
weights as (

    select
        months.month_start,
        months.customer_id,
        'mrr' as driver,
        cast((months.opening_mrr + months.closing_mrr) / 2 as double) as weight,
    from {{ ref('fct_customer_months') }} as months

    union all

    select
        months.month_start,
        usage.customer_id,
        'usage' as driver,
        usage.value_event_count_30d as weight,
    from {{ ref('fct_usage_snapshots') }} as usage
    inner join {{ ref('int_calendar__months') }} as months
        on usage.snapshot_on = months.period_end_on

    union all

    select
        {{ month_start('charges.charged_on') }} as month_start,
        charges.customer_id,
        'usage_charges' as driver,
        cast(sum(charges.usage_revenue) as double) as weight,
    from {{ ref('fct_usage_charges') }} as charges
    group by {{ month_start('charges.charged_on') }}, charges.customer_id

    union all

    select
        {{ month_start('tickets.created_on') }} as month_start,
        tickets.customer_id,
        'support' as driver,
        sum(tickets.ticket_count) as weight,
    from {{ ref('fct_tickets') }} as tickets
    where tickets.customer_id is not null
    group by {{ month_start('tickets.created_on') }}, tickets.customer_id

    union all

    select
        {{ month_start('entries.spent_on') }} as month_start,
        projects.customer_id,
        'delivery' as driver,
        {{ exact_sum('entries.hours') }} as weight,
    from {{ ref('stg_harvest__time_entries') }} as entries
    inner join {{ ref('int_delivery__projects') }} as projects
        on entries.project_id = projects.project_id
    where projects.customer_id is not null and entries.spent_on <= {{ as_of() }}
    group by {{ month_start('entries.spent_on') }}, projects.customer_id

),

shares as (

    select
        weights.month_start,
        weights.driver,
        weights.customer_id,
        weights.weight
        / {{ exact_sum(
            'weights.weight', 'over (partition by weights.month_start, weights.driver)'
        ) }} as share,
    from weights
    where weights.weight > 0

),

known_drivers as (

    select distinct
        shares.month_start,
        shares.driver,
    from shares

),

-- A driver of which a month knows nothing gives way to MRR.
driven as (

    select
        amounts.month_start,
        amounts.kind,
        case when known.driver is null then 'mrr' else amounts.driver end as driver,
        sum(amounts.amount) as amount,
    from amounts
    left join known_drivers as known
        on amounts.month_start = known.month_start and amounts.driver = known.driver
    group by all

),

allocated as (

    select
        driven.month_start,
        coalesce(shares.customer_id, 'unknown') as customer_id,
    {% for kind, driver, column in kinds -%}
    coalesce(
        {{ exact_sum(
            'driven.amount * coalesce(shares.share, 1)',
            "filter (where driven.kind = '" ~ kind ~ "')"
        ) }},
        0
    ) as {{ kind }},
    {% endfor -%}
    from driven
    left join shares
        on driven.month_start = shares.month_start and driven.driver = shares.driver
    group by driven.month_start, coalesce(shares.customer_id, 'unknown')

),

margins as (

    select
        periods.period_start as month_start,
        1 - periods.cost_of_revenue / nullif(periods.revenue, 0) as gross_margin,
    from {{ ref('fct_financial_periods') }} as periods
    where periods.grain = 'month' and periods.dimension = 'total'

),

-- What a customer cost to win: the average of those won in its month, channel and segment.
won as (

    select
        months.customer_id,
        max(acquisitions.acquisition_cost / nullif(acquisitions.new_customer_count, 0))
            as acquisition_cost,
    from {{ ref('fct_customer_months') }} as months
    inner join {{ ref('fct_acquisition_months') }} as acquisitions
        on
            months.month_start = acquisitions.month_start
            and months.channel = acquisitions.channel
            and months.segment = acquisitions.segment
    where months.movement_type = 'new'
    group by months.customer_id

),

customer_months as (

    select
        months.customer_id,
        months.month_start,
        months.opening_customer_count,
        months.closing_customer_count,
        case when months.movement_type = 'churn' then 1 else 0 end as churned_count,
        months.closing_mrr * margins.gross_margin as margin_mrr,
        sum(months.closing_mrr * margins.gross_margin) over (
            partition by months.customer_id order by months.month_start
        ) as margin_so_far,
        won.acquisition_cost,
    from {{ ref('fct_customer_months') }} as months
    inner join margins
        on months.month_start = margins.month_start
    left join won
        on months.customer_id = won.customer_id

),

keys as (

    select
        allocated.customer_id,
        allocated.month_start,
    from allocated
    union
    select
        customer_months.customer_id,
        customer_months.month_start,
    from customer_months

),

-- By its type alone an account is revenue, or a cost of revenue, and no part of it.
told as (

    select
        bool_or(accounts.statement = 'revenue') as has_revenue,
        {% for kind in told_kinds -%}
        bool_or(accounts.category = '{{ kind }}') as has_{{ kind }},
        {% endfor -%}
    from {{ ref('int_ledger__accounts') }} as accounts
    where accounts.is_mapped

),

fct_customer_economics as (

    select
        keys.customer_id,
        keys.month_start,
        {% for kind, driver, column in kinds -%}
        {% if kind in told_kinds -%}
        {{ as_exact(
            'case when told.has_' ~ kind ~ ' then coalesce(allocated.' ~ kind ~ ', 0) end'
        ) }} as {{ column }},
        {% else -%}
        {{ as_exact('coalesce(allocated.' ~ kind ~ ', 0)') }} as {{ column }},
        {% endif -%}
        {% endfor -%}
        coalesce(told.has_revenue, false) as is_revenue_told_apart,
        {{ as_exact('customer_months.margin_mrr') }} as margin_mrr,
        {{ as_exact('customer_months.margin_mrr * lifetimes.lifetime_months') }}
            as lifetime_value,
        cast(coalesce(customer_months.opening_customer_count, 0) as integer)
            as opening_customer_count,
        cast(coalesce(customer_months.closing_customer_count, 0) as integer)
            as closing_customer_count,
        cast(coalesce(customer_months.churned_count, 0) as integer) as churned_count,
        cast(
            case
                when
                    customer_months.closing_customer_count = 1
                    and customer_months.acquisition_cost is not null
                    then 1
                else 0
            end as integer
        ) as judged_count,
        cast(
            case
                when
                    customer_months.closing_customer_count = 1
                    and customer_months.margin_so_far >= customer_months.acquisition_cost
                    then 1
                else 0
            end as integer
        ) as paid_back_count,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, 'unknown') as channel,
    from keys
    cross join told
    left join allocated
        on
            keys.customer_id = allocated.customer_id
            and keys.month_start = allocated.month_start
    left join customer_months
        on
            keys.customer_id = customer_months.customer_id
            and keys.month_start = customer_months.month_start
    left join {{ ref('fct_customer_lifetimes') }} as lifetimes
        on
            keys.customer_id = lifetimes.customer_id
            and keys.month_start = lifetimes.month_start
    left join {{ ref('dim_customers') }} as customers
        on keys.customer_id = customers.customer_id

)

select * from fct_customer_economics
