-- Grain: one row per call of a breach, flag or customer for a playbook, and step of it.
with

function_defaults as (

    select
        metrics.metric_id,
        coalesce(own.playbook_id, defaults.playbook_id) as playbook_id,
    from {{ ref('dim_metrics') }} as metrics
    left join {{ ref('playbook_triggers') }} as own
        on metrics.metric_id = own.trigger and own.trigger_type = 'metric'
    left join {{ ref('playbook_triggers') }} as defaults
        on metrics.function = defaults.trigger and defaults.trigger_type = 'function'

),

-- Where the total is in breach when a slice of it opens, the total's steps are taken already: the
-- slice says where, and calls for its own once it outlasts the total.
breaches as (

    select
        breaches.* replace (
            case
                when totals.breach_id is not null then totals.closed_on else breaches.opened_on
            end as opened_on
        ),
    from {{ ref('int_guardrails__breaches') }} as breaches
    left join {{ ref('int_guardrails__breaches') }} as totals
        on
            breaches.target_is_inherited
            and breaches.metric_id = totals.metric_id
            and breaches.grain = totals.grain
            and totals.dimension = 'total'
            and breaches.opened_on >= totals.opened_on
            and (totals.closed_on is null or breaches.opened_on < totals.closed_on)
    where
        totals.breach_id is null
        or breaches.closed_on > totals.closed_on
        or (totals.closed_on is not null and breaches.closed_on is null)

),

-- How many halves of the way from target to guardrail the worst period so far lay beyond it.
depths as (

    select
        watched.metric_id,
        watched.grain,
        watched.dimension,
        watched.dimension_value,
        watched.episode_number,
        watched.period_start,
        watched.known_on,
        min(watched.period_start) over (
            partition by
                watched.metric_id,
                watched.grain,
                watched.dimension,
                watched.dimension_value,
                watched.episode_number
        ) as opened_period_start,
        floor(round(2 * max(watched.beyond) over (
            partition by
                watched.metric_id,
                watched.grain,
                watched.dimension,
                watched.dimension_value,
                watched.episode_number
            order by watched.period_start
            rows between unbounded preceding and current row
        ), 9)) as depth,
    from {{ ref('int_guardrails__watched') }} as watched
    where watched.is_in_episode

),

worsenings as (

    select depths.*
    from depths
    qualify
        depths.depth > lag(depths.depth) over (
            partition by
                depths.metric_id,
                depths.grain,
                depths.dimension,
                depths.dimension_value,
                depths.episode_number
            order by depths.period_start
        )

),

-- A breach calls when it opens, and again when it is worse by half the way than ever before; a
-- slice does not while the total's steps are taken.
breach_calls as (

    select
        breaches.breach_id,
        breaches.opened_on,
        -- An outage is seen before its month is over.
        breaches.opened_period_start as seen_from,
        '' as called_again,
    from breaches

    union all

    select
        breaches.breach_id,
        worsenings.known_on as opened_on,
        worsenings.period_start as seen_from,
        '|' || cast(worsenings.period_start as varchar) as called_again,
    from breaches
    inner join worsenings
        on
            breaches.metric_id = worsenings.metric_id
            and breaches.grain = worsenings.grain
            and breaches.dimension = worsenings.dimension
            and breaches.dimension_value = worsenings.dimension_value
            and breaches.opened_period_start = worsenings.opened_period_start
            and breaches.opened_on < worsenings.known_on
    left join {{ ref('int_guardrails__breaches') }} as totals
        on
            breaches.target_is_inherited
            and breaches.metric_id = totals.metric_id
            and breaches.grain = totals.grain
            and totals.dimension = 'total'
            and worsenings.known_on >= totals.opened_on
            and (totals.closed_on is null or worsenings.known_on < totals.closed_on)
    where totals.breach_id is null

),

numbered_calls as (

    select
        breach_calls.*,
        lead(breach_calls.opened_on) over (
            partition by breach_calls.breach_id order by breach_calls.opened_on
        ) as renewed_on,
    from breach_calls

),

called as (

    select
        'breach' as trigger_type,
        breaches.breach_id as trigger_id,
        breaches.metric_id as trigger,
        breaches.metric_id,
        breaches.dimension,
        breaches.dimension_value,
        null as customer_id,
        breaches.severity,
        calls.opened_on,
        calls.seen_from,
        coalesce(calls.renewed_on, breaches.closed_on) as over_on,
        breaches.closed_on as recovers_on,
        case
            when calls.renewed_on is not null then 'renewed'
            when breaches.closed_on is not null then 'recovered'
        end as ended_as,
        calls.called_again,
        function_defaults.playbook_id,
    from breaches
    inner join numbered_calls as calls
        on breaches.breach_id = calls.breach_id
    inner join function_defaults
        on breaches.metric_id = function_defaults.metric_id

    union all

    select
        'flag' as trigger_type,
        flags.flag_id as trigger_id,
        flags.rule_id as trigger,
        flags.subject_metric_id as metric_id,
        flags.dimension,
        flags.dimension_value,
        null as customer_id,
        flags.severity,
        flags.opened_on,
        flags.opened_period_start as seen_from,
        flags.closed_on as over_on,
        flags.closed_on as recovers_on,
        case when flags.closed_on is not null then 'recovered' end as ended_as,
        '' as called_again,
        flags.playbook_id,
    from {{ ref('diagnostic_flags') }} as flags

    union all

    select
        'customer' as trigger_type,
        {{ dbt.hash(dbt.concat([
            "'customer|'",
            'customers.customer_id',
            "'|'",
            'customers.trigger',
            "'|'",
            'cast(customers.opened_on as varchar)',
        ])) }} as trigger_id,
        customers.trigger,
        case customers.trigger
            when 'at_risk' then 'customer_health_score'
            when 'notice_given' then 'grr'
            else 'nps'
        end
            as metric_id,
        'customer' as dimension,
        customers.customer_id as dimension_value,
        customers.customer_id,
        null as severity,
        customers.opened_on,
        customers.opened_on as seen_from,
        customers.over_on,
        customers.over_on as recovers_on,
        customers.ended_as,
        '' as called_again,
        triggers.playbook_id,
    from {{ ref('int_interventions__customers') }} as customers
    inner join {{ ref('playbook_triggers') }} as triggers
        on customers.trigger = triggers.trigger and triggers.trigger_type = 'customer'

)

select
    called.* exclude (called.called_again),
    {{ dbt.hash(dbt.concat([
        "'step|'",
        'called.trigger_id',
        "'|'",
        'cast(steps.step_number as varchar)',
        'called.called_again',
    ])) }} as intervention_id,
    playbooks.playbook,
    steps.step_number,
    steps.step,
    steps.what,
    steps.owner_role,
    steps.escalates_to,
    steps.due_days,
    steps.channel,
    steps.cost,
from called
inner join {{ ref('playbooks') }} as playbooks
    on called.playbook_id = playbooks.playbook_id
inner join {{ ref('playbook_steps') }} as steps
    on called.playbook_id = steps.playbook_id
