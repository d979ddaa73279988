-- Grain: one row per subscription and term of half a year or more that nobody had reviewed 90 days
-- before its renewal.
with

-- A review of the renewal, or a call or visit: a task of no process, or a step that was acted on.
contacts as (

    select
        companies.customer_id,
        cast(tasks.completed_at as date) as contacted_on,
    from {{ tasks_of_customers() }}
    where
        tasks.completed_at is not null
        and lower(tasks.subject) not in (
            select lower(steps.task_subject)
            from {{ ref('process_steps') }} as steps
            where steps.process != 'renewal_review'
        )

    union all

    select
        actions.customer_id,
        cast(actions.acted_at as date) as contacted_on,
    from {{ ref('stg_governance__actions') }} as actions
    where actions.customer_id is not null and actions.acted_at is not null

),

terms as (

    select
        terms.customer_id,
        terms.subscription_id,
        terms.term_ends_on,
        cast({{ dbt.dateadd('day', -120, 'terms.term_ends_on') }} as date) as reviewed_from,
        cast({{ dbt.dateadd('day', -90, 'terms.term_ends_on') }} as date) as began_on,
    from {{ ref('int_subscriptions__terms') }} as terms
    where
        terms.cycle_months >= 6
        and terms.service_ends_on > {{ dbt.dateadd('day', -90, 'terms.term_ends_on') }}

),

first_contacts as (

    select
        terms.subscription_id,
        terms.term_ends_on,
        min(contacts.contacted_on) as contacted_on,
    from terms
    inner join contacts
        on
            terms.customer_id = contacts.customer_id
            and terms.reviewed_from <= contacts.contacted_on
            and terms.term_ends_on > contacts.contacted_on
    group by terms.subscription_id, terms.term_ends_on

)

select
    terms.customer_id,
    terms.subscription_id,
    terms.began_on,
    coalesce(first_contacts.contacted_on, terms.term_ends_on) as ended_on,
from terms
left join first_contacts
    on
        terms.subscription_id = first_contacts.subscription_id
        and terms.term_ends_on = first_contacts.term_ends_on
where
    coalesce(first_contacts.contacted_on, terms.term_ends_on) > terms.began_on
    -- Before the first contact that was ever recorded nobody says whether there was one.
    and terms.reviewed_from >= (select min(contacts.contacted_on) from contacts)
