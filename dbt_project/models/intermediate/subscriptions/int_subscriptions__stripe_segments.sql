-- Grain: one row per Stripe subscription item and run of days without any change.
-- Amounts are what the item brings a month while it pays, in its own currency.
with

-- What the last full line of an item says where its price is unknown or has no amount.
line_prices as (

    select
        lines.item_id,
        lines.price_id,
        lines.currency,
        lines.amount_minor
        / nullif(lines.quantity, 0)
        / currencies.minor_units_per_unit as unit_amount,
        case
            when date_diff('day', lines.period_starts_at, lines.period_ends_at) < 10
                then
                    greatest(
                        date_diff('day', lines.period_starts_at, lines.period_ends_at), 1
                    ) * 12.0 / 365.0
            else
                greatest(
                    round(
                        date_diff('day', lines.period_starts_at, lines.period_ends_at)
                        / 30.4375
                    ),
                    1
                )
        end as months,
    from {{ ref('int_subscriptions__issued_lines') }} as lines
    inner join {{ ref('int_currencies__minor_units') }} as currencies
        on lines.currency = currencies.currency
    where
        not lines.is_proration
        and lines.amount_minor >= 0
        -- A line without a quantity tells no unit.
        and lines.quantity != 0
    qualify row_number() over (
        partition by lines.item_id, lines.price_id
        order by lines.period_starts_at desc, lines.line_id desc
    ) = 1

),

states as (

    select
        items.subscription_id,
        items.item_id,
        windows.customer_id,
        cuts.valid_from,
        cuts.valid_to,
        case
            when statuses.status in ('incomplete', 'incomplete_expired', 'canceled')
                then statuses.status
            when
                statuses.is_paused
                and cuts.valid_from < coalesce(
                    statuses.pause_resumes_on, cast('9999-12-31' as date)
                )
                then 'paused'
            when statuses.status = 'unpaid' then 'unpaid'
            when
                cuts.valid_from >= windows.trial_starts_on
                and cuts.valid_from < windows.trial_ends_on
                then 'trialing'
            when
                statuses.status = 'trialing'
                and cuts.valid_from < coalesce(
                    windows.trial_ends_on, cast('9999-12-31' as date)
                )
                then 'trialing'
            when statuses.status in ('active', 'trialing', 'past_due', 'paused')
                then case when statuses.status = 'past_due' then 'past_due' else 'active' end
            else 'other'
        end as status,
        periods.price_id,
        periods.quantity,
        periods._file,
        periods._file_row,
        windows.created_on as known_on,
        case when windows.service_ends_on is not null then windows.end_known_on end
            as end_known_on,
    from {{ ref('int_subscriptions__cuts') }} as cuts
    inner join {{ ref('int_subscriptions__service_windows') }} as windows
        on cuts.subscription_id = windows.subscription_id
    inner join {{ ref('int_subscriptions__item_windows') }} as items
        on
            cuts.subscription_id = items.subscription_id
            and cuts.valid_from >= items.starts_on
            and cuts.valid_from < items.ends_on
    inner join {{ ref('int_subscriptions__item_periods') }} as periods
        on
            items.item_id = periods.item_id
            and cuts.valid_from >= periods.valid_from
            and cuts.valid_from < periods.valid_to
    inner join {{ ref('int_subscriptions__status_periods') }} as statuses
        on
            cuts.subscription_id = statuses.subscription_id
            and cuts.valid_from >= statuses.valid_from
            and cuts.valid_from < statuses.valid_to

),

priced as (

    select
        states.*,
        prices.product_id,
        coalesce(prices.currency, line_prices.currency) as currency,
        case
            when prices.unit_amount is not null and prices.months is not null
                then prices.months
            else coalesce(prices.months, line_prices.months)
        end as months,
        coalesce(prices.unit_amount, line_prices.unit_amount) as unit_amount,
    from states
    left join {{ ref('int_subscriptions__prices') }} as prices
        on states.price_id = prices.price_id
    left join line_prices
        on states.item_id = line_prices.item_id and states.price_id = line_prices.price_id
    where
        not coalesce(prices.is_metered, false)
        and coalesce(prices.is_recurring, true)

),

listed as (

    select
        priced.*,
        priced.unit_amount / priced.months as unit_mrr,
        priced.unit_amount * priced.quantity / priced.months as list_mrr,
    from priced

),

-- A subscription's own discounts, else its customer's, on the first day of the segment.
applicable as (

    select
        listed.subscription_id,
        listed.item_id,
        listed.valid_from,
        discounts.percent_off,
        case
            when coalesce(discounts.currency, listed.currency) = listed.currency
                then discounts.amount_off
        end as amount_off,
        discounts.subscription_id is not null as is_own,
        max(discounts.subscription_id is not null) over (
            partition by listed.item_id, listed.valid_from
        ) as has_own,
    from listed
    inner join {{ ref('int_subscriptions__discount_windows') }} as discounts
        on
            (
                listed.subscription_id = discounts.subscription_id
                or listed.customer_id = discounts.customer_id
            )
            and listed.valid_from >= discounts.starts_on
            and listed.valid_from < discounts.ends_on

),

discounts as (

    select
        applicable.item_id,
        applicable.valid_from,
        {{ product_of(
            '1 - applicable.percent_off / 100.0', ordered_by='applicable.percent_off'
        ) }} as remaining_share,
        coalesce({{ exact_sum('applicable.amount_off') }}, 0) as amount_off,
    from applicable
    where applicable.is_own or not applicable.has_own
    group by applicable.item_id, applicable.valid_from

),

reduced as (

    select
        listed.*,
        listed.list_mrr * coalesce(discounts.remaining_share, 1) as reduced_mrr,
        coalesce(discounts.amount_off, 0) / listed.months as monthly_amount_off,
    from listed
    left join discounts
        on listed.item_id = discounts.item_id and listed.valid_from = discounts.valid_from

),

shared as (

    select
        reduced.*,
        {{ exact_sum(
            'reduced.reduced_mrr',
            'over (partition by reduced.subscription_id, reduced.valid_from)'
        ) }} as reduced_mrr_of_all,
    from reduced

)

select
    'stripe' as source_name,
    shared.customer_id,
    shared.subscription_id,
    shared.item_id,
    coalesce(shared.product_id, shared.price_id, 'unknown') as product_id,
    shared.valid_from,
    shared.valid_to,
    shared.status,
    cast(shared.quantity as double) as quantity,
    cast(shared.months as double) as cycle_months,
    coalesce(shared.currency, '{{ var("reporting_currency") }}') as currency,
    cast(shared.unit_mrr as double) as unit_mrr,
    {{ as_mrr('shared.list_mrr') }} as list_mrr,
    {{ as_mrr("""
        greatest(
            shared.reduced_mrr
            - shared.monthly_amount_off * coalesce(
                shared.reduced_mrr
                / nullif(shared.reduced_mrr_of_all, 0),
                0
            ),
            0
        )
    """) }} as net_mrr,
    shared.known_on,
    shared.end_known_on,
    shared._file,
    shared._file_row,
from shared
where shared.list_mrr is not null
