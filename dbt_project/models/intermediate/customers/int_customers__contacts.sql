-- Grain: one row per contact with a customer that somebody recorded: a review of a renewal, a call
-- or visit (a task of no process), or a step that was acted on.
select
    'task' as kind,
    tasks.task_id as contact_id,
    companies.customer_id,
    cast(tasks.completed_at as date) as contacted_on,
from {{ tasks_of_customers() }}
where
    companies.customer_id is not null
    and tasks.completed_at is not null
    and lower(tasks.subject) not in (
        select lower(steps.task_subject)
        from {{ ref('process_steps') }} as steps
        where steps.process != 'renewal_review'
    )

union all

select
    'action' as kind,
    actions.action_id as contact_id,
    actions.customer_id,
    cast(actions.acted_at as date) as contacted_on,
from {{ ref('stg_governance__actions') }} as actions
where actions.customer_id is not null and actions.acted_at is not null
