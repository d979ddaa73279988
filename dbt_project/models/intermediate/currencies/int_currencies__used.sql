-- Grain: one row per currency that money of any source is in, whether or not somebody subscribes
-- in it.
with

{# Whether it is in minor units, and which of its rows nobody has converted yet. -#}
{% set of_sources = {
    'stg_stripe__prices': [true, 'true'],
    'stg_stripe__plans': [true, 'true'],
    'stg_stripe__coupons': [true, 'true'],
    'stg_stripe__invoices': [true, 'true'],
    'stg_stripe__invoice_lines': [true, 'true'],
    'stg_stripe__charges': [true, 'true'],
    'stg_stripe__refunds': [true, 'true'],
    'stg_contracts__subscription_periods': [false, 'true'],
    'stg_ads__campaign_spend': [false, 'true'],
    'stg_harvest__clients': [false, 'true'],
    'stg_hubspot__deals': [false, 'spent.amount_home is null'],
    'stg_quickbooks__journal_entries': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__bills': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__vendor_credits': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__purchases': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__invoices': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__credit_memos': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__sales_receipts': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__refund_receipts': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__deposits': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__payments': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__bill_payments': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__transfers': [false, 'spent.exchange_rate is null'],
    'stg_quickbooks__credit_card_payments': [false, 'spent.exchange_rate is null'],
} -%}
moneys as (

    select
        '{{ setting("reporting_currency") }}' as currency,
        false as has_minor_units,
    {% for model, (has_minor_units, condition) in of_sources.items() -%}
    union all
    select distinct
        spent.currency,
        {{ has_minor_units }} as has_minor_units,
    from {{ ref(model) }} as spent
    where {{ condition }}
    {% endfor %}

)

select
    moneys.currency,
    bool_or(moneys.has_minor_units) as has_minor_units,
from moneys
where moneys.currency is not null
group by moneys.currency
