-- Grain: one row per customer that has not left, measure it may see, day, and place on the day.
with

-- As it stands on a day: at the end of each month, and on the day of the run.
snapshots as (

    {% for measure_id, measure in [
        ('monthly_active_users', 'monthly_active_users'),
        ('stickiness', 'daily_active_users / nullif(usage.monthly_active_users, 0)'),
        ('seat_utilization', 'active_seat_count / nullif(usage.paid_seat_count, 0)'),
        ('usage_depth', 'value_event_count_30d / nullif(usage.monthly_active_users, 0)'),
        ('transaction_growth',
            'transaction_count_30d / nullif(usage.transaction_count_prior_30d, 0) - 1'),
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

-- What happened on a day; of hours the median is told, of others the average of all cases, of
-- which a row may hold several.
happenings as (

    {% for measure_id, fact, day, value, condition, cases in [
        ('first_reply_business_hours', 'fct_tickets', 'first_replied_on',
            'first_reply_business_hours', 'true', '1'),
        ('resolution_business_hours', 'fct_tickets', 'solved_on', 'resolution_business_hours',
            'true', '1'),
        ('escalation_resolution_hours', 'fct_tickets', 'solved_on',
            'escalation_resolution_hours', 'true', '1'),
        ('csat', 'fct_tickets', 'rated_on', 'good_rating_count', 'true', '1'),
        ('recommend_rate', 'fct_survey_requests', 'answered_on', 'positive_count',
            "facts.touchpoint = 'nurturing'", 'facts.answered_count'),
        ('milestone_on_time_rate', 'fct_milestones', 'due_on', 'met_count', 'true', '1'),
        ('sla_compliance_rate', 'fct_commitments', 'due_on', 'met_count', 'true',
            'facts.due_count'),
        ('business_results_rate', 'fct_success_goals', 'due_on', 'met_count', 'true', '1'),
        ('business_value_attained', 'fct_success_goals', 'due_on', 'attained_share', 'true',
            '1'),
    ] -%}
    select
        facts.customer_id,
        '{{ measure_id }}' as measure_id,
        {{ "'median'" if measure_id.endswith('_hours') else "'average'" }} as summary,
        facts.{{ day }} as day_on,
        cast(facts.{{ value }} as double) as measure,
        {{ cases }} as case_count,
    from {{ ref(fact) }} as facts
    where facts.{{ day }} is not null and {{ condition }}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

-- Once in a life, so there is nothing of its own to compare with.
beginnings as (

    {% for measure_id, day, measure in [
        ('time_to_value_days', 'first_value_on', 'onboarding.days_to_value'),
        ('time_to_provision_days', 'provisioned_on',
            at_least(dbt.datediff('onboarding.subscribed_on', 'onboarding.provisioned_on', 'day'),
                0)),
        ('initial_user_activation_rate', 'first_value_on',
            'onboarding.initial_active_user_count / nullif(onboarding.initial_user_count, 0)'),
        ('initial_transactions_per_user', 'first_value_on',
            'onboarding.initial_transaction_count / nullif(onboarding.initial_user_count, 0)'),
    ] -%}
    select
        onboarding.customer_id,
        '{{ measure_id }}' as measure_id,
        onboarding.{{ day }} as day_on,
        cast({{ measure }} as double) as measure,
    from {{ ref('fct_customer_onboarding') }} as onboarding
    where onboarding.{{ day }} is not null

    union all

    {% endfor -%}
    select
        surveys.customer_id,
        'golive_recommend_rate' as measure_id,
        max(surveys.answered_on) as day_on,
        avg(surveys.positive_count) as measure,
    from {{ ref('fct_survey_requests') }} as surveys
    where surveys.touchpoint = 'go_live' and surveys.answered_on is not null
    group by surveys.customer_id

),

readings as (

    select
        snapshots.customer_id,
        snapshots.measure_id,
        'last' as summary,
        snapshots.snapshot_on as day_on,
        snapshots.measure,
        1 as case_count,
    from snapshots
    inner join {{ ref('int_calendar__snapshots') }} as days
        on snapshots.snapshot_on = days.snapshot_on
    cross join {{ ref('int_calendar__run') }} as run
    where days.is_month_end or days.snapshot_on = run.as_of

    union all

    select
        happenings.customer_id,
        happenings.measure_id,
        happenings.summary,
        happenings.day_on,
        happenings.measure,
        happenings.case_count,
    from happenings

    union all

    select
        beginnings.customer_id,
        beginnings.measure_id,
        'once' as summary,
        beginnings.day_on,
        beginnings.measure,
        1 as case_count,
    from beginnings

)

select
    readings.customer_id,
    customers.segment,
    readings.measure_id,
    case
        when readings.measure_id like 'health_%' then 'customer_health_score'
        else readings.measure_id
    end as metric_id,
    readings.summary,
    readings.day_on,
    -- Several happenings of a day that are equal are told apart by nothing.
    row_number() over (
        partition by readings.customer_id, readings.measure_id, readings.day_on
        order by readings.measure, readings.case_count
    ) as place,
    readings.measure,
    cast(readings.case_count as integer) as case_count,
from readings
inner join {{ ref('dim_customers') }} as customers
    on readings.customer_id = customers.customer_id
cross join {{ ref('int_calendar__run') }} as run
where
    customers.churned_on is null
    and readings.day_on <= run.as_of
    and readings.measure is not null
