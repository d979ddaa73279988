select
    deal.deal_id,
    deal.deal_pipeline_id as pipeline_id,
    deal.deal_pipeline_stage_id as stage_id,
    lower(coalesce(deal.property_deal_currency_code, '{{ setting("reporting_currency") }}'))
        as currency,
    deal.property_amount as amount_local,
    deal.property_amount_in_home_currency as amount_home,
    deal.property_createdate as created_at,
    deal.property_closedate as close_expected_at,
    deal._file,
    deal._file_row,
    deal._load_id,
from
    {{ latest_rows(source('hubspot', 'deal'), ['deal_id'], version_by='_fivetran_synced') }}
        as deal
where not {{ is_deleted('deal') }}
