-- Grain: one row per owner of an account of the CRM who has a name.
select
    {{ keyed_hash('owners.owner_id') }} as account_owner,
    owners.owner_name as name,
from {{ ref('stg_hubspot__owners') }} as owners
where owners.owner_name is not null
