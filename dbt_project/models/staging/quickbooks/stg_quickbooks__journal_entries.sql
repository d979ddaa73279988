select
    entry.id as journal_entry_id,
    entry.transaction_date as occurred_on,
    lower(coalesce(entry.currency_id, '{{ setting("reporting_currency") }}')) as currency,
    entry.exchange_rate,
    entry._file,
    entry._file_row,
    entry._load_id,
from
    {{ latest_rows(source('quickbooks', 'journal_entry'), ['id'], version_by='_fivetran_synced') }}
        as entry
where not {{ is_deleted('entry') }}
