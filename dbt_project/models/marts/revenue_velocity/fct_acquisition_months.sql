-- Grain: one row per month that the ledger reaches, channel and segment.
with

ledger_months as (

    select
        periods.period_start as month_start,
        periods.sales_marketing,
        1 - periods.cost_of_revenue / nullif(periods.revenue, 0) as gross_margin,
    from {{ ref('fct_financial_periods') }} as periods
    where periods.grain = 'month' and periods.dimension = 'total'

),

-- What the ledger says was spent on advertising; platforms only say how it is divided.
advertising as (

    select
        postings.month_start,
        sum(postings.amount) as advertising,
    from {{ ref('int_ledger__postings') }} as postings
    where postings.category = 'advertising'
    group by postings.month_start

),

platforms as (

    select
        {{ month_start('spend.spent_on') }} as month_start,
        coalesce(channels.channel, 'unknown') as channel,
        {{ exact_sum('spend.spend_local * rates.opening_rate') }} as spend,
    from {{ ref('stg_ads__campaign_spend') }} as spend
    left join {{ ref('channel_map') }} as channels
        on spend.ad_channel = channels.ad_channel
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            spend.currency = rates.currency
            and {{ month_start('spend.spent_on') }} = rates.month_start
    where spend.spent_on <= {{ as_of() }}
    group by {{ month_start('spend.spent_on') }}, coalesce(channels.channel, 'unknown')

),

direct as (

    select
        platforms.month_start,
        platforms.channel,
        coalesce(
            advertising.advertising
            * platforms.spend
            / nullif(
                {{ exact_sum('platforms.spend', 'over (partition by platforms.month_start)') }}, 0
            ),
            0
        ) as direct_cost,
    from platforms
    inner join advertising
        on platforms.month_start = advertising.month_start

),

new_customers as (

    select
        months.month_start,
        months.channel,
        months.segment,
        sum(months.new_mrr) as new_mrr,
        count(*) filter (where months.movement_type = 'new') as new_customer_count,
    from {{ ref('fct_customer_months') }} as months
    group by months.month_start, months.channel, months.segment

),

pairs as (

    select distinct
        customers.acquisition_channel as channel,
        customers.segment,
    from {{ ref('dim_customers') }} as customers
    union
    select
        channels.channel,
        'unknown' as segment,
    from {{ ref('dim_channels') }} as channels
    where channels.is_paid
    union
    select
        'unknown' as channel,
        'unknown' as segment,

),

framed as (

    select
        ledger_months.month_start,
        ledger_months.sales_marketing,
        ledger_months.gross_margin,
        pairs.channel,
        pairs.segment,
        coalesce(new_customers.new_mrr, 0) as new_mrr,
        coalesce(new_customers.new_customer_count, 0) as new_customer_count,
        sum(coalesce(new_customers.new_mrr, 0)) over in_month as new_mrr_of_month,
        sum(coalesce(new_customers.new_mrr, 0)) over in_channel as new_mrr_of_channel,
        coalesce(direct.direct_cost, 0) as direct_cost_of_channel,
        {{ exact_sum("""
            case when pairs.segment = 'unknown' then coalesce(direct.direct_cost, 0) else 0 end
        """, 'over in_month') }} as direct_cost_of_month,
    from ledger_months
    cross join pairs
    left join new_customers
        on
            ledger_months.month_start = new_customers.month_start
            and pairs.channel = new_customers.channel
            and pairs.segment = new_customers.segment
    left join direct
        on
            ledger_months.month_start = direct.month_start
            and pairs.channel = direct.channel
    window
        in_month as (partition by ledger_months.month_start),
        in_channel as (partition by ledger_months.month_start, pairs.channel)

),

-- A channel's direct cost goes to its segments by their new MRR, and all that no channel
-- caused goes to everybody by new MRR; where there is none it stays with `unknown`.
allocated as (

    select
        framed.*,
        -- Of a ledger that does not tell the cost of sales and marketing nothing is known.
        case
            when framed.sales_marketing is null then null
            when framed.new_mrr_of_channel > 0
                then
                    framed.direct_cost_of_channel
                    * framed.new_mrr
                    / framed.new_mrr_of_channel
            when framed.segment = 'unknown' then framed.direct_cost_of_channel
            else 0
        end as direct_cost,
        case
            when framed.sales_marketing is null then null
            when framed.new_mrr_of_month > 0
                then
                    (framed.sales_marketing - framed.direct_cost_of_month)
                    * framed.new_mrr
                    / framed.new_mrr_of_month
            when framed.channel = 'unknown' and framed.segment = 'unknown'
                then framed.sales_marketing - framed.direct_cost_of_month
            else 0
        end as overhead_cost,
    from framed

),

-- How often new customers pay: money that comes a year ahead pays back sooner.
cycles as (

    select
        months.month_start,
        months.channel,
        months.segment,
        segments.cycle_months,
        {{ exact_sum('segments.net_mrr * rates.closing_rate') }} as new_mrr,
    from {{ ref('fct_customer_months') }} as months
    inner join {{ ref('int_subscriptions__segments') }} as segments
        on
            months.customer_id = segments.customer_id
            and months.period_end_on >= segments.valid_from
            and months.period_end_on < segments.valid_to
            and segments.net_mrr > 0
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            segments.currency = rates.currency
            and months.month_start = rates.month_start
    where months.movement_type = 'new'
    group by months.month_start, months.channel, months.segment, segments.cycle_months

),

segment_paybacks as (

    select
        allocated.month_start,
        allocated.segment,
        {{ exact_sum('allocated.direct_cost + allocated.overhead_cost') }}
        / nullif(sum(allocated.new_mrr) * max(allocated.gross_margin), 0) as payback_months,
    from allocated
    group by allocated.month_start, allocated.segment

),

-- The payment that makes a customer whole is the n-th, and comes n - 1 cycles after the first.
cash as (

    select
        cycles.month_start,
        cycles.channel,
        cycles.segment,
        {{ exact_sum('cycles.new_mrr') }} as cash_mrr,
        {{ exact_sum("""
            cycles.new_mrr
            * (ceil(segment_paybacks.payback_months / cycles.cycle_months) - 1)
            * cycles.cycle_months
        """) }} as cash_payback_weight,
    from cycles
    inner join segment_paybacks
        on
            cycles.month_start = segment_paybacks.month_start
            and cycles.segment = segment_paybacks.segment
    where segment_paybacks.payback_months > 0
    group by cycles.month_start, cycles.channel, cycles.segment

),

fct_acquisition_months as (

    select
        allocated.month_start,
        {{ as_exact('allocated.direct_cost') }} as direct_cost,
        {{ as_exact('allocated.overhead_cost') }} as overhead_cost,
        {{ as_exact('allocated.direct_cost + allocated.overhead_cost') }} as acquisition_cost,
        cast(allocated.new_customer_count as integer) as new_customer_count,
        {{ as_exact('allocated.new_mrr') }} as new_mrr,
        {{ as_exact('allocated.new_mrr * allocated.gross_margin') }} as new_margin_mrr,
        -- Of customers whose payback is not known, because the ledger does not tell the cost or
        -- the margin, it is not known when their cash is back either.
        {% for column in ['cash_mrr', 'cash_payback_weight'] -%}
        {{ as_exact(
            'case when allocated.new_mrr = 0 or segment_paybacks.payback_months is not null '
            'then coalesce(cash.' ~ column ~ ', 0) end'
        ) }} as {{ column }},
        {% endfor -%}
        allocated.segment,
        allocated.channel,
    from allocated
    left join segment_paybacks
        on
            allocated.month_start = segment_paybacks.month_start
            and allocated.segment = segment_paybacks.segment
    left join cash
        on
            allocated.month_start = cash.month_start
            and allocated.channel = cash.channel
            and allocated.segment = cash.segment

)

select * from fct_acquisition_months
