-- Grain: one row per customer, day, movement and reason.
with

classified as (

    select days.*
    from {{ ref('int_mrr__customer_days') }} as days
    where days.movement_type is not null

),

trials as (

    select
        segments.customer_id,
        min(segments.valid_from) as first_trial_on,
    from {{ ref('int_subscriptions__segments') }} as segments
    where segments.status = 'trialing'
    group by segments.customer_id

),

resumed as (

    select distinct
        changes.customer_id,
        changes.occurred_on,
    from {{ ref('int_mrr__item_changes') }} as changes
    where changes.status_before = 'paused' and changes.is_paying

),

-- new, reactivation and churn have one reason each.
whole as (

    select
        classified.customer_id,
        classified.occurred_on,
        classified.currency,
        classified.movement_type,
        case classified.movement_type
            when 'churn' then coalesce(churn_reasons.movement_reason, 'voluntary')
            when 'new'
                then
                    case
                        when trials.customer_id is not null then 'trial_conversion' else
                            'first_purchase'
                    end
            when 'reactivation'
                then case when resumed.customer_id is not null then 'resume' else 'return' end
        end as movement_reason,
        case when classified.movement_type = 'churn' then churn_reasons.cancellation_reason end
            as cancellation_reason,
        classified.mrr_after - classified.mrr_before as mrr_change,
        classified.mrr_change_local,
    from classified
    left join {{ ref('int_mrr__churn_reasons') }} as churn_reasons
        on
            classified.customer_id = churn_reasons.customer_id
            and classified.occurred_on = churn_reasons.occurred_on
    left join trials
        on
            classified.customer_id = trials.customer_id
            and classified.occurred_on > trials.first_trial_on
    left join resumed
        on
            classified.customer_id = resumed.customer_id
            and classified.occurred_on = resumed.occurred_on
    where classified.movement_type not in ('expansion', 'contraction')

),

shares as (

    select
        classified.customer_id,
        classified.occurred_on,
        classified.currency,
        classified.movement_type,
        effects.movement_reason,
        {{ as_mrr('effects.effect * rates.opening_rate') }} as mrr_effect,
        {{ as_mrr(
            "case when classified.currency = effects.currency then effects.effect "
            "else effects.effect * rates.opening_rate end"
        ) }} as local_effect,
        classified.mrr_after - classified.mrr_before as mrr_change,
        classified.mrr_change_local,
        row_number() over (
            partition by classified.customer_id, classified.occurred_on
            order by abs(effects.effect) desc, effects.movement_reason, effects.currency asc
        ) as size_rank,
    from classified
    inner join {{ ref('int_mrr__effects') }} as effects
        on
            classified.customer_id = effects.customer_id
            and classified.occurred_on = effects.occurred_on
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            effects.currency = rates.currency
            and {{ month_start('classified.occurred_on') }} = rates.month_start
    where classified.movement_type in ('expansion', 'contraction')

),

-- Rounding leaves a remainder; the largest effect takes it, so that effects add up.
split as (

    select
        shares.customer_id,
        shares.occurred_on,
        shares.currency,
        shares.movement_type,
        shares.movement_reason,
        cast(null as varchar) as cancellation_reason,
        shares.mrr_effect
        + case
            when shares.size_rank = 1
                then shares.mrr_change - sum(shares.mrr_effect) over customer_day
            else 0
        end as mrr_change,
        shares.local_effect
        + case
            when shares.size_rank = 1
                then shares.mrr_change_local - sum(shares.local_effect) over customer_day
            else 0
        end as mrr_change_local,
    from shares
    window customer_day as (partition by shares.customer_id, shares.occurred_on)

),

-- A moved rate shows on the month's last day, on what is still there.
rate_changes as (

    select
        balances.customer_id,
        months.period_end_on as occurred_on,
        case
            when balances.currency_count = 1 then balances.currency
            else '{{ setting("reporting_currency") }}'
        end as currency,
        'fx' as movement_type,
        'rate_change' as movement_reason,
        cast(null as varchar) as cancellation_reason,
        {{ as_mrr('balances.net_mrr * rates.closing_rate') }}
        - {{ as_mrr('balances.net_mrr * rates.opening_rate') }} as mrr_change,
        0 as mrr_change_local,
    from {{ ref('int_mrr__balance_periods') }} as balances
    inner join {{ ref('int_calendar__months') }} as months
        on
            balances.valid_from <= months.period_end_on
            and balances.valid_to > months.period_end_on
            and months.is_complete
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            balances.currency = rates.currency
            and months.month_start = rates.month_start
            and rates.opening_rate != rates.closing_rate

),

movements as (

    select * from whole
    union all
    select * from split
    union all
    select * from rate_changes

),

fct_mrr_movements as (

    select
        movements.customer_id,
        movements.occurred_on,
        movements.movement_type,
        movements.movement_reason,
        max(movements.cancellation_reason) as cancellation_reason,
        {{ as_mrr('sum(movements.mrr_change)') }} as mrr_change,
        {{ as_mrr('sum(movements.mrr_change_local)') }} as mrr_change_local,
        max(movements.currency) as currency,
        max(customers.segment) as segment,
        max(customers.plan) as plan,
        max(customers.region) as region,
        max(customers.acquisition_channel) as channel,
    from movements
    inner join {{ ref('dim_customers') }} as customers
        on movements.customer_id = customers.customer_id
    group by
        movements.customer_id,
        movements.occurred_on,
        movements.movement_type,
        movements.movement_reason
    having sum(movements.mrr_change) != 0 or sum(movements.mrr_change_local) != 0

)

select * from fct_mrr_movements
