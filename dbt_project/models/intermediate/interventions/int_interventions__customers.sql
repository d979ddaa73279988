-- Grain: one row per customer, what calls for an intervention on it, and the snapshot day that
-- opened it.
with

signs as (

    select
        health.customer_id,
        'at_risk' as trigger,
        health.snapshot_on,
        coalesce(health.health_score < 50, false) as is_beyond,
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
