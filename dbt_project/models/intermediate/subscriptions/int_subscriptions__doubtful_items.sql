-- Grain: one row per subscription item whose MRR is not known, or is not what its
-- invoices say (decisions, T3), with what it is invoiced a month.
with

-- What an item was invoiced last for a full period.
invoiced as (

    select charged.*
    from {{ ref('int_subscriptions__charged_periods') }} as charged
    qualify row_number() over (
        partition by charged.item_id
        order by charged.period_starts_at desc, charged.line_id desc
    ) = 1

),

paying as (

    select segments.*
    from {{ ref('int_subscriptions__timeline_segments') }} as segments
    where segments.status in ('active', 'past_due')

),

not_counted as (

    select
        paying.source_name,
        paying.customer_id,
        paying.item_id,
        case
            when bool_or(paying.is_tiered)
                then
                    'not in MRR: its price has tiers, which are not delivered, and no invoice '
                    || 'says what it costs'
            else
                'not in MRR: its price is not delivered or has no amount, and no invoice says '
                || 'what it costs'
        end as reason,
        min(paying.valid_from) as first_seen_on,
        1 as precedence,
    from paying
    where paying.list_mrr is null
    group by paying.source_name, paying.customer_id, paying.item_id

),

-- Of live invoices alone: an item does not say whether it was made in the test mode.
without_subscription as (

    select
        invoices.source_name,
        invoices.customer_id,
        lines.item_id,
        'not in MRR: it is invoiced, but its subscription is not delivered' as reason,
        min(cast(lines.period_starts_at as date)) as first_seen_on,
        1 as precedence,
    from {{ ref('int_subscriptions__issued_lines') }} as lines
    inner join {{ ref('int_billing__invoices') }} as invoices
        on lines.invoice_id = invoices.invoice_id
    left join {{ ref('int_subscriptions__last_seen') }} as subscriptions
        on lines.subscription_id = subscriptions.subscription_id
    where lines.subscription_id is not null and subscriptions.subscription_id is null
    group by invoices.source_name, invoices.customer_id, lines.item_id

),

today as (

    select paying.*
    from paying
    where paying.valid_from <= {{ as_of() }} and paying.valid_to > {{ as_of() }}

),

not_confirmed as (

    select
        today.source_name,
        today.customer_id,
        today.item_id,
        'in MRR as it was invoiced last: its quantity has changed since, and the tiers of its '
        || 'price are not delivered' as reason,
        today.valid_from as first_seen_on,
        2 as precedence,
    from today
    where today.counted_by = 'last_invoice'

),

-- What a full period costs by its own price and quantity, to a minor unit.
contradicted as (

    select
        today.source_name,
        today.customer_id,
        today.item_id,
        'in MRR by its price, which its last invoice contradicts' as reason,
        cast(invoiced.period_starts_at as date) as first_seen_on,
        3 as precedence,
    from today
    inner join invoiced
        on today.item_id = invoiced.item_id
    inner join {{ ref('int_subscriptions__prices') }} as prices
        on invoiced.price_id = prices.price_id
    inner join {{ ref('int_currencies__minor_units') }} as currencies
        on invoiced.currency = currencies.currency
    where
        prices.currency = invoiced.currency
        and not prices.is_metered
        -- A trial costs nothing, and the first period may be shorter than the price's.
        and invoiced.amount > 0
        and date_diff('day', invoiced.period_starts_at, invoiced.period_ends_at)
        >= 0.9 * prices.months * 30.4375
        and abs(
            invoiced.amount
            - prices.unit_amount * case
                when prices.round_to = 'up' then ceil(invoiced.quantity / prices.divide_by)
                when prices.divide_by is not null
                    then floor(invoiced.quantity / prices.divide_by)
                else invoiced.quantity
            end
        ) * currencies.minor_units_per_unit > 1

),

-- What a discount takes off stands in its coupon.
without_coupon as (

    select distinct
        today.source_name,
        today.customer_id,
        today.item_id,
        'in MRR without its discount, whose coupon is not delivered' as reason,
        cast(discounts.started_at as date) as first_seen_on,
        4 as precedence,
    from today
    inner join {{ ref('int_billing__discounts') }} as discounts
        on
            today.subscription_id = discounts.subscription_id
            or (discounts.subscription_id is null and today.customer_id = discounts.customer_id)
    anti join {{ ref('int_billing__coupons') }} as coupons
        on discounts.coupon_id = coupons.coupon_id
    where
        discounts.invoice_id is null
        and discounts.invoice_item_id is null
        and discounts.deleted_at is null
        and coalesce(cast(discounts.ended_at as date) > {{ as_of() }}, true)

),

doubts as (

    select * from not_counted
    union all
    select * from without_subscription
    union all
    select * from not_confirmed
    union all
    select * from contradicted
    union all
    select * from without_coupon

)

select
    doubts.source_name,
    doubts.customer_id,
    doubts.item_id,
    doubts.reason,
    doubts.first_seen_on,
    invoiced.amount / invoiced.months * rates.opening_rate as invoiced_a_month,
from doubts
cross join {{ ref('int_calendar__run') }} as run
left join invoiced
    on doubts.item_id = invoiced.item_id
left join {{ ref('int_currencies__monthly_rates') }} as rates
    on
        invoiced.currency = rates.currency
        and {{ month_start('run.as_of') }} = rates.month_start
qualify row_number() over (
    partition by doubts.item_id
    order by doubts.precedence, doubts.customer_id, doubts.first_seen_on
) = 1
