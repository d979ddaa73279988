-- Grain: one row per customer that has not left and measure that it may see of itself.
{%- set recent = dbt.dateadd('day', -90, 'run.as_of') -%}
{%- set before = dbt.dateadd('day', -455, 'run.as_of') %}
{%- set is_recent = 'days.day_on > ' ~ recent -%}
{%- set is_before = 'days.day_on > ' ~ before ~ ' and days.day_on <= ' ~ recent %}
with

present as (

    select
        customers.customer_id,
        customers.segment,
    from {{ ref('dim_customers') }} as customers
    where customers.churned_on is null

),

-- As it stands on the day, against the average of the month ends of its own year before.
snapshots as (

    {% for measure_id, measure in [
        ('monthly_active_users', 'monthly_active_users'),
        ('stickiness', 'daily_active_users / nullif(usage.monthly_active_users, 0)'),
        ('seat_utilization', 'active_seat_count / nullif(usage.paid_seat_count, 0)'),
        ('usage_depth', 'value_event_count_30d / nullif(usage.monthly_active_users, 0)'),
    ] -%}
    select
        usage.customer_id,
        usage.snapshot_on,
        '{{ measure_id }}' as measure_id,
        cast(usage.{{ measure }} as double) as measure,
    from {{ ref('fct_usage_snapshots') }} as usage
    where usage.is_subscribed

    union all

    {% endfor -%}
    select
        features.customer_id,
        features.snapshot_on,
        'feature_adoption_rate' as measure_id,
        sum(features.used_count) / nullif(sum(features.available_count), 0) as measure,
    from {{ ref('fct_feature_snapshots') }} as features
    group by features.customer_id, features.snapshot_on

    {% for component in [
        'health', 'adoption', 'seats', 'momentum', 'support', 'sentiment', 'payment',
    ] -%}
    union all

    select
        health.customer_id,
        health.snapshot_on,
        {% if component == 'health' -%}
        'customer_health_score' as measure_id,
        {% else -%}
        'health_{{ component }}' as measure_id,
        {% endif -%}
        health.{{ component }}_score as measure,
    from {{ ref('fct_customer_health') }} as health
    {% endfor %}
),

standing as (

    select
        snapshots.customer_id,
        snapshots.measure_id,
        max(snapshots.measure) filter (where snapshots.snapshot_on = run.as_of) as value,
        avg({{ as_exact('snapshots.measure') }}) filter (
            where days.is_month_end
            and snapshots.snapshot_on > {{ before }}
            and snapshots.snapshot_on <= {{ recent }}
        ) as baseline_value,
    from snapshots
    inner join {{ ref('int_calendar__snapshots') }} as days
        on snapshots.snapshot_on = days.snapshot_on
    cross join {{ ref('int_calendar__run') }} as run
    group by snapshots.customer_id, snapshots.measure_id

),

-- What happened in the last ninety days, against the year before them.
happenings as (

    {% for measure_id, fact, day, value in [
        ('first_reply_business_hours', 'fct_tickets', 'first_replied_on',
            'first_reply_business_hours'),
        ('resolution_business_hours', 'fct_tickets', 'solved_on', 'resolution_business_hours'),
        ('csat', 'fct_tickets', 'rated_on', 'good_rating_count'),
        ('milestone_on_time_rate', 'fct_milestones', 'due_on', 'met_count'),
        ('sla_compliance_rate', 'fct_commitments', 'due_on', 'met_count'),
        ('business_results_rate', 'fct_success_goals', 'due_on', 'met_count'),
        ('business_value_attained', 'fct_success_goals', 'due_on', 'attained_share'),
    ] -%}
    select
        facts.customer_id,
        '{{ measure_id }}' as measure_id,
        facts.{{ day }} as day_on,
        cast(facts.{{ value }} as double) as measure,
    from {{ ref(fact) }} as facts
    where facts.{{ day }} is not null
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

happened as (

    select
        days.customer_id,
        days.measure_id,
        case
            when days.measure_id in ('first_reply_business_hours', 'resolution_business_hours')
                then median(days.measure) filter (where {{ is_recent }})
            else avg({{ as_exact('days.measure') }}) filter (where {{ is_recent }})
        end as value,
        case
            when days.measure_id in ('first_reply_business_hours', 'resolution_business_hours')
                then median(days.measure) filter (where {{ is_before }})
            else avg({{ as_exact('days.measure') }}) filter (where {{ is_before }})
        end as baseline_value,
    from happenings as days
    cross join {{ ref('int_calendar__run') }} as run
    where days.day_on <= run.as_of
    group by days.customer_id, days.measure_id

),

-- Once in a life, so there is nothing of its own to compare with.
once as (

    select
        onboarding.customer_id,
        'time_to_value_days' as measure_id,
        cast(onboarding.days_to_value as double) as value,
        cast(null as double) as baseline_value,
    from {{ ref('fct_customer_onboarding') }} as onboarding

),

measures as (

    select standing.*
    from standing
    union all
    select happened.*
    from happened
    union all
    select once.*
    from once

)

select
    measures.customer_id,
    present.segment,
    measures.measure_id,
    case
        when measures.measure_id like 'health_%' then 'customer_health_score'
        else measures.measure_id
    end as metric_id,
    measures.value,
    measures.baseline_value,
from measures
inner join present
    on measures.customer_id = present.customer_id
where measures.value is not null
