select
    company.id as company_id,
    company.property_name as company_name,
    lower(company.property_domain) as domain,
    company.property_createdate as created_at,
    company.property_industry as industry,
    company.property_customer_segment as segment,
    company.property_region as region,
    company.property_hs_analytics_source as channel,
    company.property_hs_parent_company_id as parent_company_id,
    company.property_hs_merged_object_ids as merged_company_ids,
    company.property_stripe_customer_id as stripe_customer_id,
    company.property_hubspot_owner_id as owner_id,
    {{ is_deleted('company') }} as is_deleted,
    company._file,
    company._file_row,
    company._load_id,
from
    {{ latest_rows(source('hubspot', 'company'), ['id'], version_by='_fivetran_synced') }}
        as company
