-- Grain: one row per month end, customer and later month in which something takes effect that was
-- known that day: a notice, or a start that is signed.
with

ends as (

    select
        months.month_start as known_month,
        months.period_end_on as known_on,
    from {{ ref('int_calendar__months') }} as months
    where months.is_complete

),

days as (

    {{ observed_notices() }}

),

-- What billing showed last by then; the day that it names later is not known yet.
shown as (

    select
        ends.*,
        days.subscription_id,
        days.takes_effect_on,
        days.is_beyond,
    from ends
    inner join days
        on ends.known_on >= days.observed_on
    qualify row_number() over (
        partition by ends.known_on, days.subscription_id
        order by days.observed_on desc
    ) = 1

),

amounts as (

    select
        shown.known_on,
        shown.known_month,
        segments.customer_id,
        segments.currency,
        {{ month_start('shown.takes_effect_on') }} as month_start,
        segments.net_mrr as ending_local,
        0 as signed_local,
    from shown
    inner join {{ ref('int_subscriptions__segments') }} as segments
        on
            shown.subscription_id = segments.subscription_id
            and shown.known_on >= segments.valid_from
            and shown.known_on < segments.valid_to
    where shown.is_beyond and shown.takes_effect_on > shown.known_on and segments.net_mrr > 0

    union all

    select
        ends.known_on,
        ends.known_month,
        starts.customer_id,
        starts.currency,
        {{ month_start('starts.valid_from') }} as month_start,
        0 as ending_local,
        starts.agreed_mrr as signed_local,
    from (
        select segments.*
        from {{ ref('int_subscriptions__segments') }} as segments
        qualify
            segments.valid_from
            = min(segments.valid_from) over (partition by segments.item_id)
    ) as starts
    inner join ends
        on starts.known_on <= ends.known_on and starts.valid_from > ends.known_on
    where starts.agreed_mrr > 0

),

effects as (

    select
        amounts.known_on,
        amounts.customer_id,
        amounts.month_start,
        {{ as_mrr(exact_sum('amounts.ending_local * rates.closing_rate')) }} as ending_mrr,
        {{ as_mrr(exact_sum('amounts.signed_local * rates.closing_rate')) }} as signed_mrr,
    from amounts
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            amounts.currency = rates.currency
            and amounts.known_month = rates.month_start
    group by amounts.known_on, amounts.customer_id, amounts.month_start

),

firsts as (

    select
        months.customer_id,
        min(months.month_start) as first_month,
    from {{ ref('fct_customer_months') }} as months
    where months.closing_mrr > 0
    group by months.customer_id

),

-- Month ends side by side, as the bridge has them. Who is no customer yet pays nothing.
followed as (

    select
        effects.*,
        coalesce(firsts.first_month <= effects.known_on, false) as has_paid,
        coalesce(months.closing_mrr, 0)
        + {{ exact_sum('effects.signed_mrr - effects.ending_mrr', 'over (
            partition by effects.known_on, effects.customer_id
            order by effects.month_start
        )') }} as mrr_after,
    from effects
    left join {{ ref('fct_customer_months') }} as months
        on
            effects.customer_id = months.customer_id
            and effects.known_on = months.period_end_on
    left join firsts
        on effects.customer_id = firsts.customer_id

),

-- What is left of less than a cent is a matter of rates.
bounded as (

    select
        followed.*,
        case when followed.mrr_after < 0.01 then 0 else followed.mrr_after end as after_mrr,
        case
            when followed.mrr_after - followed.signed_mrr + followed.ending_mrr < 0.01 then 0
            else followed.mrr_after - followed.signed_mrr + followed.ending_mrr
        end as before_mrr,
    from followed

)

select
    bounded.known_on,
    bounded.customer_id,
    bounded.month_start,
    cast({{ dbt.datediff('bounded.known_on', 'bounded.month_start', 'month') }} as integer)
        as months_ahead,
    bounded.ending_mrr,
    bounded.signed_mrr,
    case
        when bounded.before_mrr = 0 and not bounded.has_paid then 'new'
        when bounded.before_mrr = 0 then 'reactivation'
        when bounded.after_mrr = 0 then 'churned'
        when bounded.after_mrr > bounded.before_mrr then 'expansion'
        else 'contraction'
    end as movement,
    {{ as_mrr('abs(bounded.after_mrr - bounded.before_mrr)') }} as moved_mrr,
from bounded
where bounded.after_mrr != bounded.before_mrr
