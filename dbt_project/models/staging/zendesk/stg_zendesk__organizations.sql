-- The connector keeps an organisation's lists in tables of their own; here they are lists.
with

domains as (

    select
        domain.organization_id,
        list(distinct lower(domain.domain_name) order by lower(domain.domain_name)) as domains,
    from
        {{ latest_rows(
            source('zendesk', 'domain_name'),
            ['organization_id', 'domain_name'],
            version_by='_fivetran_synced'
        ) }}
            as domain
    group by domain.organization_id

),

tags as (

    select
        tag.organization_id,
        bool_or(lower(tag.tag) = 'test') as is_test,
    from
        {{ latest_rows(
            source('zendesk', 'organization_tag'),
            ['organization_id', 'tag'],
            version_by='_fivetran_synced'
        ) }}
            as tag
    group by tag.organization_id

)

select
    organization.id as organization_id,
    organization.external_id,
    coalesce(domains.domains, []) as domains,
    coalesce(tags.is_test, false) as is_test,
    organization.created_at,
    organization._file,
    organization._file_row,
    organization._load_id,
from
    {{ latest_rows(
        source('zendesk', 'organization'),
        ['id'],
        version_by='_fivetran_synced'
    ) }}
        as organization
left join domains
    on organization.id = domains.organization_id
left join tags
    on organization.id = tags.organization_id
