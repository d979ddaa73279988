-- Grain: one row per experiment, customer in it and metric that one customer has a value of.
with

outcomes as (

    -- Whether the first value came within the window.
    select
        subjects.experiment_id,
        subjects.customer_id,
        'activation_rate' as metric_id,
        'rate' as kind,
        cast(null as double) as value_before,
        cast(onboarding.activated_count as double) as value_after,
        {{ dbt.dateadd('day', setting('activation_window_days'), 'onboarding.provisioned_on') }}
            as known_on,
    from {{ ref('int_experiments__subjects') }} as subjects
    left join {{ ref('fct_customer_onboarding') }} as onboarding
        on subjects.customer_id = onboarding.customer_id

    union all

    -- Days to first value, at most those of the window: whoever still waits has waited so
    -- long. So nobody is left out, and nobody is censored.
    select
        subjects.experiment_id,
        subjects.customer_id,
        'time_to_value_days' as metric_id,
        'mean' as kind,
        null as value_before,
        least(
            coalesce(onboarding.days_to_value, {{ setting('activation_window_days') }}),
            {{ setting('activation_window_days') }}
        ) as value_after,
        {{ dbt.dateadd('day', setting('activation_window_days'), 'onboarding.provisioned_on') }}
            as known_on,
    from {{ ref('int_experiments__subjects') }} as subjects
    left join {{ ref('fct_customer_onboarding') }} as onboarding
        on subjects.customer_id = onboarding.customer_id

    union all

    select
        subjects.experiment_id,
        subjects.customer_id,
        'early_churn_rate_90d' as metric_id,
        'rate' as kind,
        null as value_before,
        payments.churned_within_90d_count as value_after,
        {{ dbt.dateadd('day', 90, 'payments.first_paid_on') }} as known_on,
    from {{ ref('int_experiments__subjects') }} as subjects
    inner join {{ ref('fct_first_payments') }} as payments
        on subjects.customer_id = payments.customer_id

    union all

    select
        subjects.experiment_id,
        subjects.customer_id,
        'trial_to_paid_rate' as metric_id,
        'rate' as kind,
        null as value_before,
        entries.trial_converted_count as value_after,
        {{ dbt.dateadd('day', 45, 'entries.entered_on') }} as known_on,
    from {{ ref('int_experiments__subjects') }} as subjects
    inner join {{ ref('fct_funnel_entries') }} as entries
        on subjects.customer_id = entries.customer_id and entries.entry_type = 'trial'

    union all

    -- Balances are read as changes: how large customers were before is no effect, and only
    -- who was there before can change. One who has left since pays nothing, and counts.
    select
        subjects.experiment_id,
        subjects.customer_id,
        'mrr' as metric_id,
        'change' as kind,
        befores.mrr as value_before,
        coalesce(afters.mrr, 0) as value_after,
        subjects.after_on as known_on,
    from {{ ref('int_experiments__subjects') }} as subjects
    inner join {{ ref('fct_mrr_balances') }} as befores
        on
            subjects.customer_id = befores.customer_id
            and subjects.before_on = befores.snapshot_on
            and befores.mrr > 0
    left join {{ ref('fct_mrr_balances') }} as afters
        on
            subjects.customer_id = afters.customer_id
            and subjects.after_on = afters.snapshot_on

    union all

    {% for metric_id, value in [
        ('seat_utilization', 'active_seat_count / nullif({}.paid_seat_count, 0)'),
        ('monthly_active_users', 'monthly_active_users'),
    ] -%}
    select
        subjects.experiment_id,
        subjects.customer_id,
        '{{ metric_id }}' as metric_id,
        'change' as kind,
        befores.{{ value.format('befores') }} as value_before,
        afters.{{ value.format('afters') }} as value_after,
        subjects.after_on as known_on,
    from {{ ref('int_experiments__subjects') }} as subjects
    inner join {{ ref('fct_usage_snapshots') }} as afters
        on
            subjects.customer_id = afters.customer_id
            and subjects.after_on = afters.snapshot_on
            and afters.is_subscribed
    inner join {{ ref('fct_usage_snapshots') }} as befores
        on
            subjects.customer_id = befores.customer_id
            and subjects.before_on = befores.snapshot_on
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
)

select
    outcomes.experiment_id,
    outcomes.customer_id,
    subjects.arm,
    outcomes.metric_id,
    outcomes.kind,
    outcomes.value_before,
    case when outcomes.known_on <= run.as_of then outcomes.value_after end as value_after,
    coalesce(outcomes.known_on > run.as_of, true) as is_pending,
from outcomes
inner join {{ ref('int_experiments__asked') }} as asked
    on
        outcomes.experiment_id = asked.experiment_id
        and outcomes.metric_id = asked.metric_id
inner join {{ ref('int_experiments__subjects') }} as subjects
    on
        outcomes.experiment_id = subjects.experiment_id
        and outcomes.customer_id = subjects.customer_id
cross join {{ ref('int_calendar__run') }} as run
