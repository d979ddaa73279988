-- Grain: one row per subscription item and run of days without any change.
with

-- What the last full period of an item says where its price is unknown, has no amount or is in
-- another currency than the item.
line_prices as (

    select
        charged.item_id,
        charged.price_id,
        charged.currency,
        charged.amount / charged.quantity as unit_amount,
        charged.months,
        charged.has_tiers,
    from {{ ref('int_subscriptions__charged_periods') }} as charged
    qualify row_number() over (
        partition by charged.item_id, charged.price_id
        order by charged.period_starts_at desc, charged.line_id desc
    ) = 1

),

states as (

    select
        items.subscription_id,
        items.item_id,
        windows.source_name,
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
        coalesce(line_prices.currency, prices.currency) as currency,
        coalesce(prices.months, line_prices.months) as months,
        coalesce(prices.is_tiered, line_prices.has_tiers, false) as is_tiered,
        -- A price has amounts in other currencies too, which are not delivered.
        coalesce(prices.currency = line_prices.currency, true) as is_own_currency,
        prices.unit_amount,
        line_prices.unit_amount as line_unit_amount,
        case
            when prices.round_to = 'up' then ceil(states.quantity / prices.divide_by)
            when prices.divide_by is not null then floor(states.quantity / prices.divide_by)
            else states.quantity
        end as charged_quantity,
    from states
    left join {{ ref('int_subscriptions__prices') }} as prices
        on states.price_id = prices.price_id
    left join line_prices
        on states.item_id = line_prices.item_id and states.price_id = line_prices.price_id
    where
        not coalesce(prices.is_metered, false)
        and coalesce(prices.is_recurring, true)

),

tier_amounts as (

    select
        priced.item_id,
        priced.valid_from,
        {{ exact_sum("""
            tiers.flat_amount
            + tiers.unit_amount * case
                when tiers.tiers_mode = 'volume' then priced.quantity
                else
                    least(priced.quantity, coalesce(tiers.up_to, priced.quantity))
                    - tiers.above
            end
        """) }} as amount,
    from priced
    inner join {{ ref('int_subscriptions__price_tiers') }} as tiers
        on
            priced.price_id = tiers.price_id
            and priced.quantity > tiers.above
            -- The whole quantity is one tier's, or each tier has its share of it.
            and (
                tiers.tiers_mode != 'volume'
                or priced.quantity <= coalesce(tiers.up_to, priced.quantity)
            )
    where priced.is_own_currency
    group by priced.item_id, priced.valid_from

),

-- What tiers that are not delivered make of a quantity is known where it was invoiced: nearest
-- in time. A quantity that never was is worth what was invoiced last before it.
tier_invoices as (

    select
        priced.item_id,
        priced.valid_from,
        charged.amount,
        charged.quantity = priced.quantity as is_same_quantity,
    from priced
    inner join {{ ref('int_subscriptions__charged_periods') }} as charged
        on priced.item_id = charged.item_id and priced.price_id = charged.price_id
    where priced.is_tiered
    qualify row_number() over (
        partition by priced.item_id, priced.valid_from
        order by
            charged.quantity = priced.quantity desc,
            cast(charged.period_starts_at as date) <= priced.valid_from desc,
            abs(date_diff('day', charged.period_starts_at, priced.valid_from)),
            charged.period_starts_at desc,
            charged.line_id desc
    ) = 1

),

amounts as (

    select
        priced.*,
        case
            when priced.is_tiered then coalesce(tier_amounts.amount, tier_invoices.amount)
            when priced.is_own_currency and priced.unit_amount is not null
                then priced.unit_amount * priced.charged_quantity
            else priced.line_unit_amount * priced.quantity
        end as amount,
        case
            when priced.is_tiered and tier_amounts.amount is not null then 'tiers'
            when priced.is_tiered and tier_invoices.is_same_quantity then 'invoices'
            when priced.is_tiered and tier_invoices.amount is not null then 'last_invoice'
            when priced.is_own_currency and priced.unit_amount is not null then 'price'
            when priced.line_unit_amount is not null then 'invoices'
        end as counted_by,
    from priced
    left join tier_amounts
        on priced.item_id = tier_amounts.item_id and priced.valid_from = tier_amounts.valid_from
    left join tier_invoices
        on
            priced.item_id = tier_invoices.item_id
            and priced.valid_from = tier_invoices.valid_from

),

listed as (

    select
        amounts.*,
        case
            when amounts.counted_by = 'price' and amounts.charged_quantity = amounts.quantity
                then amounts.unit_amount
            when amounts.quantity = 0 then coalesce(amounts.line_unit_amount, amounts.unit_amount)
            else amounts.amount / amounts.quantity
        end / amounts.months as unit_mrr,
        amounts.amount / amounts.months as list_mrr,
    from amounts

),

-- A subscription's own discounts, else its customer's, on the first day of the segment; joined by
-- either key, because one join on both compares each with each.
granted as (

    {% for key in ['subscription_id', 'customer_id'] -%}
    select
        listed.item_id,
        listed.valid_from,
        discounts.percent_off,
        case
            when coalesce(discounts.currency, listed.currency) = listed.currency
                then discounts.amount_off
        end as amount_off,
        discounts.subscription_id is not null as is_own,
    from listed
    inner join {{ ref('int_subscriptions__discount_windows') }} as discounts
        on
            listed.{{ key }} = discounts.{{ key }}
            and listed.valid_from >= discounts.starts_on
            and listed.valid_from < discounts.ends_on
    {%- if not loop.last %}

    union all

    {% endif -%}
    {% endfor %}

),

applicable as (

    select
        granted.*,
        max(granted.is_own) over (partition by granted.item_id, granted.valid_from) as has_own,
    from granted

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
    shared.source_name,
    shared.customer_id,
    shared.subscription_id,
    shared.item_id,
    coalesce(shared.product_id, shared.price_id, 'unknown') as product_id,
    shared.valid_from,
    shared.valid_to,
    shared.status,
    cast(shared.quantity as double) as quantity,
    cast(shared.months as double) as cycle_months,
    shared.currency,
    cast(shared.unit_mrr as double) as unit_mrr,
    {{ as_mrr('shared.list_mrr') }} as list_mrr,
    {{ as_mrr(at_least("""
        shared.reduced_mrr
        - shared.monthly_amount_off
        * coalesce(shared.reduced_mrr / nullif(shared.reduced_mrr_of_all, 0), 0)
    """, 0)) }} as net_mrr,
    shared.known_on,
    shared.end_known_on,
    shared.price_id,
    shared.is_tiered,
    shared.counted_by,
    shared._file,
    shared._file_row,
from shared
