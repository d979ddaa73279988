select
    lower(spend.channel) as ad_channel,
    spend.campaign,
    spend.day as spent_on,
    lower(coalesce(spend.currency, '{{ setting("reporting_currency") }}')) as currency,
    spend.spend as spend_local,
    spend._file,
    spend._file_row,
    spend._load_id,
from
    {{ latest_rows(
        source('ads', 'campaign_spend'),
        ['channel', 'campaign', 'day'],
        version_by='updated_at'
    ) }}
        as spend
where not {{ is_deleted('spend') }}
