-- Grain: one row per subscription and spell in which its end was announced, as billing showed it.
with

days as (

    {{ observed_notices() }}

),

signs as (

    select
        days.*,
        not days.is_beyond as is_inside,
        not days.is_beyond as is_clear,
    from days

),

numbered as (

    {{ episodes('signs', ['subscription_id'], 'observed_on') }}

),

spells as (

    select
        numbered.subscription_id,
        min(numbered.observed_on) as began_on,
        min(numbered.given_on) filter (where numbered.is_in_episode) as given_on,
        max_by(numbered.takes_effect_on, numbered.observed_on)
        filter (where numbered.is_in_episode) as takes_effect_on,
        -- What was said last; who says nothing more takes nothing back.
        max_by(numbered.cancellation_reason, numbered.observed_on)
        filter (where numbered.is_in_episode and numbered.cancellation_reason is not null)
            as cancellation_reason,
        min(numbered.observed_on) filter (where not numbered.is_in_episode) as over_on,
        min_by(numbered.status, numbered.observed_on)
        filter (where not numbered.is_in_episode) as status_after,
    from numbered
    where numbered.episode_number > 0
    group by numbered.subscription_id, numbered.episode_number

),

-- Where billing says nothing more of it, the day that it named has come.
ended as (

    select
        spells.subscription_id,
        spells.began_on,
        spells.given_on,
        spells.takes_effect_on,
        spells.cancellation_reason,
        case
            when spells.over_on is not null then spells.over_on
            when spells.takes_effect_on <= run.as_of then spells.takes_effect_on
        end as ended_on,
        case
            when spells.over_on is null and spells.takes_effect_on > run.as_of then null
            when spells.over_on is null then 'left'
            when spells.status_after = 'canceled' then 'left'
            else 'withdrawn'
        end as ended_as,
    from spells
    cross join {{ ref('int_calendar__run') }} as run

)

select
    ended.subscription_id,
    subscriptions.customer_id,
    ended.began_on,
    -- Billing may tell late; it does not tell what has not happened yet.
    {{ at_most('ended.given_on', 'ended.began_on') }} as given_on,
    ended.takes_effect_on,
    ended.cancellation_reason,
    ended.ended_on,
    ended.ended_as,
from ended
inner join {{ ref('int_subscriptions__last_seen') }} as subscriptions
    on ended.subscription_id = subscriptions.subscription_id
where subscriptions.customer_id is not null
