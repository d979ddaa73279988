-- Grain: one row per subscription and term of half a year or more that nobody had reviewed 90 days
-- before its renewal.
with

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
    inner join {{ ref('int_customers__contacts') }} as contacts
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
    and terms.reviewed_from >= (
        select min(contacts.contacted_on) from {{ ref('int_customers__contacts') }} as contacts
    )
