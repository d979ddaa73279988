-- Grain: one row per month, bridge and step of the bridge.
with

months as (

    select
        months.month_start,
        months.period_end_on,
    from {{ ref('int_calendar__months') }} as months
    where months.is_complete

),

-- What the house publishes as MRR; what follows explains it from segments and lines.
balances as (

    select
        customer_months.month_start,
        sum(customer_months.closing_mrr) as closing_mrr,
    from {{ ref('fct_customer_months') }} as customer_months
    group by customer_months.month_start

),

{% set sends_invoices = is_invoiced('items.source_name') -%}
items as (

    select
        items.month_start,
        sum(case when {{ sends_invoices }} then items.closing_mrr else 0 end)
            as invoiced_closing,
        sum(case when {{ sends_invoices }} then items.net_in_force else 0 end)
            as invoiced_net,
        sum(case when {{ sends_invoices }} then items.list_in_force else 0 end)
            as invoiced_list,
        sum(case when {{ sends_invoices }} then items.list_not_invoiced else 0 end)
            as not_invoiced,
        sum(case when not {{ sends_invoices }} then items.closing_mrr else 0 end)
            as other_closing,
        sum(case when not {{ sends_invoices }} then items.earned_by_days else 0 end)
            as other_earned,
    from {{ ref('int_reconciliation__item_months') }} as items
    group by items.month_start

),

lines as (

    select
        lines.month_start,
        sum(lines.earned) as earned,
        sum(lines.earned_at_month_rate) as earned_at_month_rate,
        sum(lines.booked) as booked,
        sum(lines.even_net) as even_net,
        sum(lines.even_net_not_paying) as not_paying,
        sum(lines.even_discount) as discount,
        coalesce(sum(lines.earned) filter (where lines.is_proration), 0) as proration_earned,
        coalesce(sum(lines.earned) filter (where not lines.is_proration), 0) as full_earned,
    from {{ ref('int_reconciliation__line_months') }} as lines
    group by lines.month_start

),

ledger as (

    select
        postings.month_start,
        -sum(postings.amount) as revenue,
        -sum(
            case when postings.category = 'services_revenue' then postings.amount else 0 end
        ) as services,
    from {{ ref('int_ledger__postings') }} as postings
    where postings.statement = 'revenue'
    group by postings.month_start

),

facts as (

    select
        months.month_start,
        {% for table, columns in {
            'balances': ['closing_mrr'],
            'items': [
                'invoiced_closing', 'invoiced_net', 'invoiced_list', 'other_closing',
                'other_earned', 'not_invoiced',
            ],
            'lines': [
                'earned', 'earned_at_month_rate', 'booked', 'even_net', 'not_paying', 'discount',
                'proration_earned', 'full_earned',
            ],
            'invoices': [
                'total', 'tax', 'refunded', 'service', 'proration', 'usage', 'one_time',
            ],
            'ledger': ['revenue', 'services'],
        }.items() -%}
        {% for column in columns -%}
        coalesce({{ table }}.{{ column }}, 0) as {{ column }},
        {% endfor -%}
        {% endfor -%}
        invoices.month_start is not null as has_invoices,
        -- Where billing sends no invoices, nothing is held against the ledger.
        ledger.month_start is not null
        and (invoices.month_start is not null or coalesce(items.invoiced_list, 0) = 0)
            as has_ledger,
    from months
    left join balances
        on months.month_start = balances.month_start
    left join items
        on months.month_start = items.month_start
    left join lines
        on months.month_start = lines.month_start
    left join {{ ref('int_reconciliation__invoice_months') }} as invoices
        on months.month_start = invoices.month_start
    left join ledger
        on months.month_start = ledger.month_start

),

steps as (

    {% set bridges = {
        'mrr_to_service': ['has_invoices', [
            ('mrr', 'opening', 'facts.closing_mrr'),
            ('other_billing', 'difference', '-facts.other_closing'),
            ('timing', 'difference', 'facts.invoiced_net - facts.invoiced_closing'),
            ('discount', 'difference', 'facts.invoiced_list - facts.invoiced_net - facts.discount'),
            ('not_invoiced', 'difference', '-facts.not_invoiced'),
            ('not_paying', 'difference', 'facts.not_paying'),
            ('day_count', 'difference', 'facts.earned_at_month_rate - facts.even_net'),
            ('currency', 'difference', 'facts.earned - facts.earned_at_month_rate'),
            ('service', 'closing', 'facts.earned'),
        ]],
        'service_to_invoices': ['has_invoices', [
            ('service', 'opening', 'facts.earned'),
            ('timing', 'difference', 'facts.service - facts.full_earned'),
            ('proration', 'difference', 'facts.proration - facts.proration_earned'),
            ('usage', 'difference', 'facts.usage'),
            ('one_time', 'difference', 'facts.one_time'),
            ('tax', 'difference', 'facts.tax'),
            ('invoices', 'closing', 'facts.total'),
        ]],
        'invoices_to_ledger': ['has_ledger', [
            ('invoices', 'opening', 'facts.total'),
            ('tax', 'difference', '-facts.tax'),
            ('proration', 'difference', 'facts.proration_earned - facts.proration'),
            ('timing', 'difference', 'facts.full_earned - facts.service'),
            ('booked_late', 'difference', 'facts.booked - facts.earned'),
            ('other_billing', 'difference', 'facts.other_earned'),
            ('services', 'difference', 'facts.services - facts.one_time'),
            ('refunds', 'difference', '-facts.refunded'),
            ('ledger_revenue', 'closing', 'facts.revenue'),
        ]],
    } -%}
    {% for bridge, (condition, its_steps) in bridges.items() -%}
    {% set bridge_loop = loop -%}
    {% for step, kind, amount in its_steps -%}
    select
        facts.month_start,
        '{{ bridge }}' as bridge,
        {{ loop.index + (1 if kind == 'closing' else 0) }} as step_number,
        '{{ step }}' as step,
        '{{ kind }}' as kind,
        cast({{ amount }} as decimal(38, 2)) as amount,
    from facts
    where facts.{{ condition }}
    {% if not (loop.last and bridge_loop.last) %}union all{% endif %}
    {% endfor -%}
    {% endfor %}

),

-- What no step names.
unexplained as (

    select
        steps.month_start,
        steps.bridge,
        max(steps.step_number) - 1 as step_number,
        'unexplained' as step,
        'unexplained' as kind,
        sum(case when steps.kind = 'closing' then steps.amount else -steps.amount end) as amount,
    from steps
    group by steps.month_start, steps.bridge

),

all_steps as (

    select steps.* from steps
    union all
    select unexplained.* from unexplained

),

revenue_reconciliation as (

    select
        all_steps.month_start,
        all_steps.bridge,
        cast(all_steps.step_number as integer) as step_number,
        all_steps.step,
        all_steps.kind,
        cast(all_steps.amount as double) as amount,
    from all_steps

)

select * from revenue_reconciliation
