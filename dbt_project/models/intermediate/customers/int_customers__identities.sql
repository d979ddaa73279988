-- Grain: one row per record of a system that names customers in its own way, with the customer
-- that it is.
with

customers as (

    select
        attributes.customer_id,
        attributes.company_id,
    from {{ ref('int_customers__attributes') }} as attributes

),

-- Every id by which another system may call a customer.
ids as (

    select
        customers.customer_id as external_id,
        customers.customer_id,
        1 as precedence,
    from customers

    union all

    select
        accounts.account_id as external_id,
        accounts.customer_id,
        2 as precedence,
    from {{ ref('int_customers__accounts') }} as accounts

    union all

    select
        companies.company_id as external_id,
        customers.customer_id,
        3 as precedence,
    from {{ ref('int_customers__companies') }} as companies
    inner join customers
        on companies.surviving_company_id = customers.company_id

),

named as (

    select
        ids.external_id,
        arg_min(ids.customer_id, (ids.precedence, ids.customer_id)) as customer_id,
    from ids
    group by ids.external_id

),

domains as (

    select
        accounts.domain,
        ids.customer_id,
    from {{ ref('stg_app__accounts') }} as accounts
    inner join {{ ref('int_customers__accounts') }} as ids
        on accounts.account_id = ids.account_id

    union all

    select
        billing.domain,
        billing.customer_id,
    from {{ ref('int_billing__customers') }} as billing

    union all

    select
        companies.domain,
        customers.customer_id,
    from {{ ref('stg_hubspot__companies') }} as companies
    inner join customers
        on companies.company_id = customers.company_id

),

verified as (

    {{ domains_of_one_customer('domains') }}

),

records as (

    select
        'zendesk.organization' as system,
        organizations.organization_id as record_id,
        organizations.external_id,
        unnest(
            case when len(organizations.domains) > 0 then organizations.domains else [null] end
        ) as domain,
    from {{ ref('stg_zendesk__organizations') }} as organizations

    union all

    select
        'harvest.client' as system,
        clients.client_id as record_id,
        clients.external_id,
        clients.domain,
    from {{ ref('stg_harvest__clients') }} as clients

    union all

    select
        'delighted.person' as system,
        people.person_id as record_id,
        max(responses.external_id) as external_id,
        max(people.domain) as domain,
    from {{ ref('stg_delighted__person_versions') }} as people
    left join {{ ref('stg_delighted__survey_responses') }} as responses
        on people.person_id = responses.person_id
    group by people.person_id

    union all

    -- Who answered without ever having been delivered as a person.
    select
        'delighted.person' as system,
        responses.person_id as record_id,
        max(responses.external_id) as external_id,
        null as domain,
    from {{ ref('stg_delighted__survey_responses') }} as responses
    anti join {{ ref('stg_delighted__person_versions') }} as people
        on responses.person_id = people.person_id
    where responses.person_id is not null
    group by responses.person_id

)

select
    records.system,
    records.record_id,
    coalesce(named.customer_id, verified.customer_id) as customer_id,
    case
        when named.customer_id is not null then 'external_id'
        when verified.customer_id is not null then 'domain'
        else 'nothing'
    end as matched_by,
from records
left join named
    on records.external_id = named.external_id
left join verified
    on records.domain = verified.domain
qualify row_number() over (
    partition by records.system, records.record_id
    order by named.customer_id nulls last, verified.customer_id nulls last
) = 1
