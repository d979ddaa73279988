-- Grain: one row per subscription item and month in which it pays, in the reporting currency at
-- the month's closing rate.
with

pieces as (

    select
        segments.source_name,
        segments.item_id,
        segments.currency,
        segments.net_mrr,
        segments.list_mrr,
        segments.valid_from,
        months.month_start,
        cast(extract(day from {{ month_end('months.month_start') }}) as double) as month_days,
        segments.valid_to > {{ month_end('months.month_start') }} as is_in_force_at_end,
        greatest(segments.valid_from, months.month_start) as piece_from,
        least(
            segments.valid_to,
            cast({{ dbt.dateadd('month', 1, 'months.month_start') }} as date)
        ) as piece_to,
    from {{ ref('int_subscriptions__segments') }} as segments
    inner join {{ ref('int_calendar__months') }} as months
        on
            segments.valid_from <= {{ month_end('months.month_start') }}
            and segments.valid_to > months.month_start
    where segments.list_mrr != 0

),

-- Charges of one item follow each other; a change within a cycle charges some days twice.
invoiced as (

    select
        pieces.item_id,
        pieces.piece_from,
        sum(
            date_diff(
                'day',
                greatest(pieces.piece_from, lines.starts_on),
                least(pieces.piece_to, lines.ends_on)
            )
        ) as days,
    from pieces
    inner join {{ ref('int_reconciliation__lines') }} as lines
        on
            pieces.item_id = lines.item_id
            and pieces.piece_from < lines.ends_on
            and pieces.piece_to > lines.starts_on
    where lines.kind = 'service' and lines.gross_amount >= 0
    group by pieces.item_id, pieces.piece_from

),

measured as (

    select
        pieces.*,
        date_diff('day', pieces.piece_from, pieces.piece_to) as days,
        greatest(
            date_diff('day', pieces.piece_from, pieces.piece_to) - coalesce(invoiced.days, 0), 0
        ) as uninvoiced_days,
    from pieces
    left join invoiced
        on pieces.item_id = invoiced.item_id and pieces.piece_from = invoiced.piece_from

)

select
    measured.month_start,
    measured.source_name,
    measured.item_id,
    {{ as_mrr(exact_sum("""
        case when measured.is_in_force_at_end then measured.net_mrr else 0 end
        * rates.closing_rate
    """)) }} as closing_mrr,
    {{ as_mrr(exact_sum("""
        measured.net_mrr * measured.days / measured.month_days * rates.closing_rate
    """)) }} as net_in_force,
    {{ as_mrr(exact_sum("""
        measured.list_mrr * measured.days / measured.month_days * rates.closing_rate
    """)) }} as list_in_force,
    {{ as_mrr(exact_sum("""
        measured.list_mrr * measured.uninvoiced_days / measured.month_days * rates.closing_rate
    """)) }} as list_not_invoiced,
    -- By days of a year, at the rate of the month in which it began: as books spread a contract.
    {{ as_mrr(exact_sum("""
        measured.net_mrr
        * 12
        / 365.0
        * measured.days
        * coalesce(started.closing_rate, rates.closing_rate)
    """)) }} as earned_by_days,
from measured
inner join {{ ref('int_currencies__monthly_rates') }} as rates
    on measured.currency = rates.currency and measured.month_start = rates.month_start
left join {{ ref('int_currencies__monthly_rates') }} as started
    on
        measured.currency = started.currency
        and {{ month_start('measured.valid_from') }} = started.month_start
group by measured.month_start, measured.source_name, measured.item_id
