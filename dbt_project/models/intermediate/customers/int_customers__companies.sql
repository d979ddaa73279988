-- Grain: one row per HubSpot company id, with the company that it is today.
with

merged as (

    select
        trim(merged.company_id) as company_id,
        companies.company_id as surviving_company_id,
    from {{ ref('stg_hubspot__companies') }} as companies
    cross join
        unnest(
            string_split(coalesce(companies.merged_company_ids, ''), ';')
        ) as merged (company_id)
    where trim(merged.company_id) != '' and not companies.is_deleted

)

select
    companies.company_id,
    coalesce(merged.surviving_company_id, companies.company_id) as surviving_company_id,
from {{ ref('stg_hubspot__companies') }} as companies
left join merged
    on companies.company_id = merged.company_id

union

select
    merged.company_id,
    merged.surviving_company_id,
from merged
