-- Grain: one row per customer, what calls for an intervention on it, and the snapshot day that
-- opened it.
with

signs as (

    select
        health.customer_id,
        'at_risk' as trigger,
        health.snapshot_on,
        -- Who has given notice is called for by that, from the day of it.
        coalesce(health.health_score < 50, false) and not health.has_given_notice as is_beyond,
        health.health_score >= 50 as is_inside,
        coalesce(health.health_score >= 55, false) as is_clear,
    from {{ ref('fct_customer_health') }} as health

    {% for band in ['detractor', 'passive', 'promoter'] -%}
    union all

    select
        relations.customer_id,
        '{{ band }}' as trigger,
        relations.snapshot_on,
        relations.{{ band }}_count > 0 as is_beyond,
        relations.{{ band }}_count = 0 as is_inside,
        relations.{{ band }}_count = 0 as is_clear,
    from {{ ref('fct_relationship_snapshots') }} as relations
    where relations.paying_customer_count = 1

    {% endfor %}
),

-- Notices that were all taken back: nothing was lost by them.
withdrawn as (

    select
        notices.customer_id,
        notices.began_on,
    from {{ ref('int_subscriptions__notices') }} as notices
    group by notices.customer_id, notices.began_on
    having bool_and(coalesce(notices.ended_as = 'withdrawn', false))

),

numbered as (

    {{ episodes('signs', ['customer_id', 'trigger'], 'snapshot_on') }}

),

spans as (

    select
        numbered.customer_id,
        numbered.trigger,
        min(numbered.snapshot_on) as opened_on,
        min(numbered.snapshot_on) filter (where not numbered.is_in_episode) as closed_on,
        max(numbered.snapshot_on) as last_seen_on,
    from numbered
    where numbered.episode_number > 0
    group by numbered.customer_id, numbered.trigger, numbered.episode_number

)

select
    spans.customer_id,
    spans.trigger,
    spans.opened_on,
    -- Who has no later snapshot pays no more.
    case
        when spans.closed_on is not null then spans.closed_on
        when spans.last_seen_on < run.as_of then spans.last_seen_on
    end as over_on,
    case
        when spans.closed_on is not null then 'recovered'
        when spans.last_seen_on < run.as_of then 'left'
    end as ended_as,
from spans
cross join {{ ref('int_calendar__run') }} as run

union all

select
    signals.customer_id,
    signals.signal as trigger,
    signals.began_on as opened_on,
    signals.ended_on as over_on,
    case
        when signals.ended_on is null then null
        when withdrawn.customer_id is not null then 'recovered'
        else 'left'
    end as ended_as,
from {{ ref('customer_signals') }} as signals
left join withdrawn
    on
        signals.customer_id = withdrawn.customer_id
        and signals.began_on = withdrawn.began_on
where signals.signal = 'notice_given'
