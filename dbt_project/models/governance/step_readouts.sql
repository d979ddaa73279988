-- Grain: one row per step of a playbook on customers.
{% set days_after = 90 -%}
{% set fewest_calls, fewest_left = 30, 5 -%}
{% set groups = ['acted', 'idle'] -%}
with

-- When somebody first did something about a call.
acted as (

    select
        actions.intervention_id,
        min(cast(actions.acted_at as date)) as acted_on,
    from {{ ref('int_interventions__actions') }} as actions
    where actions.intervention_id is not null
    group by actions.intervention_id

),

-- From the due day on: who has left by then could not be called, and was not lost for want of it.
calls as (

    select
        steps.playbook_id,
        steps.step_number,
        coalesce(
            acted.acted_on <= {{ dbt.dateadd('day', 'steps.due_days', 'steps.opened_on') }}, false
        ) as has_acted,
        foretold.expected_90d,
        coalesce(
            foretold.left_on <= {{
                dbt.dateadd('day', 'steps.due_days + ' ~ days_after, 'steps.opened_on')
            }},
            false
        ) as has_left,
    from {{ ref('int_interventions__steps') }} as steps
    inner join {{ ref('int_interventions__foretold') }} as foretold
        on steps.intervention_id = foretold.intervention_id
    cross join {{ ref('int_calendar__run') }} as run
    left join acted
        on steps.intervention_id = acted.intervention_id
    where
        {{ dbt.dateadd('day', 'steps.due_days + ' ~ days_after, 'steps.opened_on') }} <= run.as_of
        and foretold.expected_90d is not null
        and coalesce(
            foretold.left_on > {{ dbt.dateadd('day', 'steps.due_days', 'steps.opened_on') }}, true
        )

),

counted as (

    select
        calls.playbook_id,
        calls.step_number,
        count(*) filter (where calls.has_acted) as acted_count,
        count(*) filter (where calls.has_acted and calls.has_left) as acted_left_count,
        sum({{ as_exact('calls.expected_90d') }}) filter (where calls.has_acted) as acted_expected,
        count(*) filter (where not calls.has_acted) as idle_count,
        count(*) filter (where not calls.has_acted and calls.has_left) as idle_left_count,
        sum({{ as_exact('calls.expected_90d') }}) filter (where not calls.has_acted)
            as idle_expected,
    from calls
    group by calls.playbook_id, calls.step_number

),

measured as (

    select
        counted.*,
        -- An empty side has no sum of what was foretold, and so is not measured.
        coalesce(
            counted.acted_count >= {{ fewest_calls }}
            and counted.acted_left_count >= {{ fewest_left }}
            and counted.acted_expected > 0
            and counted.idle_count >= {{ fewest_calls }}
            and counted.idle_left_count >= {{ fewest_left }}
            and counted.idle_expected > 0,
            false
        ) as is_measured,
        (counted.acted_left_count / counted.acted_expected)
        / (counted.idle_left_count / counted.idle_expected) as relative_loss,
        -- Of the logarithm of a quotient of two counts of rare events.
        1.959963984540054
        * sqrt(1.0 / counted.acted_left_count + 1.0 / counted.idle_left_count) as margin,
    from counted

),

step_readouts as (

    select
        steps.playbook_id,
        steps.step_number,
        steps.step,
        {% for group in groups -%}
        cast(coalesce(measured.{{ group }}_count, 0) as integer) as {{ group }}_count,
        cast(coalesce(measured.{{ group }}_left_count, 0) as integer) as {{ group }}_left_count,
        cast(measured.{{ group }}_expected as double) as {{ group }}_expected_count,
        {% endfor -%}
        case when measured.is_measured then cast(1 - measured.relative_loss as double) end
            as measured_save_rate,
        case
            when measured.is_measured
                then cast(1 - measured.relative_loss * exp(measured.margin) as double)
        end as measured_lower,
        case
            when measured.is_measured
                then cast(1 - measured.relative_loss * exp(-measured.margin) as double)
        end as measured_upper,
        cast(steps.save_rate as double) as assumed_save_rate,
        -- What is lost more often where somebody acts keeps nobody.
        cast(
            case
                when not coalesce(measured.is_measured, false) then steps.save_rate
                when measured.relative_loss < 1 then 1 - measured.relative_loss
                else 0
            end as double
        ) as save_rate,
        case when measured.is_measured then 'measured' else 'assumed' end as save_rate_source,
    from {{ ref('playbook_steps') }} as steps
    left join measured
        on
            steps.playbook_id = measured.playbook_id
            and steps.step_number = measured.step_number
    where steps.save_rate is not null

)

select * from step_readouts
