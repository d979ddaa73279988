-- Grain: one row per breach, flag or customer that calls for a playbook, and step of it.
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
        breaches.opened_on,
        -- An outage is seen before its month is over.
        breaches.opened_period_start as seen_from,
        breaches.closed_on as over_on,
        case when breaches.closed_on is not null then 'recovered' end as ended_as,
        function_defaults.playbook_id,
    from breaches
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
        case when flags.closed_on is not null then 'recovered' end as ended_as,
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
        customers.ended_as,
        triggers.playbook_id,
    from {{ ref('int_interventions__customers') }} as customers
    inner join {{ ref('playbook_triggers') }} as triggers
        on customers.trigger = triggers.trigger and triggers.trigger_type = 'customer'

)

select
    called.*,
    {{ dbt.hash(dbt.concat([
        "'step|'", 'called.trigger_id', "'|'", 'cast(steps.step_number as varchar)',
    ])) }} as intervention_id,
    playbooks.playbook,
    steps.step_number,
    steps.step,
    steps.what,
    steps.owner_role,
    steps.channel,
    steps.save_rate,
    steps.cost,
    cast({{ dbt.dateadd('day', 'steps.due_days', 'called.opened_on') }} as date) as due_on,
from called
inner join {{ ref('playbooks') }} as playbooks
    on called.playbook_id = playbooks.playbook_id
inner join {{ ref('playbook_steps') }} as steps
    on called.playbook_id = steps.playbook_id
