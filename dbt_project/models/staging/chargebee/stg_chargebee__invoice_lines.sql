-- A line over a whole number of months, or of the days or weeks of its subscription's period, is
-- of a full period. Another one is a part of it: it tells no price, so no subscription asks it.
with

{% set line = '[{"id": "VARCHAR", "subscription_id": "VARCHAR", "entity_type": "VARCHAR", '
    ~ '"entity_id": "VARCHAR", "date_from": "BIGINT", "date_to": "BIGINT", '
    ~ '"quantity": "BIGINT", "amount": "BIGINT"}]' -%}

listed as (

    select
        invoices.invoice_id,
        invoices.currency,
        unnest(json_transform(invoices.line_items, '{{ line }}')) as line,
        invoices._file,
        invoices._file_row,
        invoices._load_id,
    from {{ ref('stg_chargebee__invoices') }} as invoices

),

lines as (

    select
        listed.line.id as line_id,
        listed.invoice_id,
        listed.currency,
        listed.line.subscription_id,
        -- Setup fees and charges are of no item.
        case
            when listed.line.entity_type in ('plan_item_price', 'addon_item_price')
                then listed.line.entity_id
        end as item_price_id,
        listed.line.amount as amount_minor,
        coalesce(listed.line.quantity, 1) as quantity,
        epoch_ms(1000 * listed.line.date_from) as period_starts_at,
        epoch_ms(1000 * listed.line.date_to) as period_ends_at,
        listed._file,
        listed._file_row,
        listed._load_id,
    from listed

),

metered as (

    select distinct versions.item_id
    from {{ ref('stg_chargebee__subscription_item_versions') }} as versions
    where versions.is_metered

),

measured as (

    select
        lines.*,
        date_diff('day', lines.period_starts_at, lines.period_ends_at) as days,
        cast(
            round(date_diff('day', lines.period_starts_at, lines.period_ends_at) / 30.4375)
            as bigint
        ) as months,
        case subscriptions.interval_unit when 'week' then 7 when 'day' then 1 end
        * subscriptions.interval_count as period_days,
        subscriptions.interval_unit,
        subscriptions.interval_count,
        metered.item_id is not null as is_metered,
    from lines
    left join metered
        on lines.subscription_id || '/' || lines.item_price_id = metered.item_id
    left join {{ ref('stg_chargebee__subscriptions') }} as subscriptions
        on lines.subscription_id = subscriptions.subscription_id

),

periods as (

    select
        measured.*,
        measured.days = measured.period_days as is_of_days,
        abs(
            date_diff(
                'day',
                {{ dbt.dateadd(
                    'month', 'cast(measured.months as integer)', 'measured.period_starts_at'
                ) }},
                measured.period_ends_at
            )
        ) <= 1
        and measured.months > 0 as is_of_months,
    from measured

),

priced as (

    select
        periods.*,
        not coalesce(periods.is_of_days, false)
        and not coalesce(periods.is_of_months, false) as is_part,
        case
            when coalesce(periods.is_of_days, false) then periods.interval_unit
            when periods.months % 12 = 0 then 'year'
            else 'month'
        end as line_unit,
        case
            when coalesce(periods.is_of_days, false) then periods.interval_count
            when periods.months % 12 = 0 then cast(periods.months / 12 as bigint)
            else periods.months
        end as line_count,
        cast(periods.amount_minor / nullif(periods.quantity, 0) as decimal(38, 12))
            as unit_amount_minor,
    from periods

)

select
    priced.line_id,
    priced.invoice_id,
    case when not priced.is_part then priced.subscription_id end as subscription_id,
    priced.subscription_id || '/' || priced.item_price_id as item_id,
    case
        when priced.item_price_id is not null and not priced.is_part
            then
                concat_ws(
                    '/',
                    priced.item_price_id,
                    priced.currency,
                    priced.unit_amount_minor,
                    priced.line_count || priced.line_unit
                )
        else priced.item_price_id
    end as price_id,
    priced.item_price_id,
    priced.is_metered,
    priced.unit_amount_minor,
    priced.line_unit as interval_unit,
    priced.line_count as interval_count,
    priced.amount_minor,
    priced.currency,
    priced.quantity,
    priced.is_part as is_proration,
    priced.period_starts_at,
    priced.period_ends_at,
    priced._file,
    priced._file_row,
    priced._load_id,
from priced
