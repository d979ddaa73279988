-- Grain: one row per customer or vendor that has a name.
select
    'customer' as kind,
    attributes.customer_id as company_id,
    attributes.customer_name as name,
from {{ ref('int_customers__attributes') }} as attributes
where attributes.customer_name is not null

union all

select
    'vendor' as kind,
    vendors.vendor_id as company_id,
    vendors.vendor as name,
from {{ ref('stg_vendors__vendors') }} as vendors
where vendors.vendor is not null
