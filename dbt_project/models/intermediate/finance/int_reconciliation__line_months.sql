-- Grain: one row per invoice line of recurring service and month that its days touch, in the
-- reporting currency, at the rate of the invoice's month unless named otherwise.
with

-- A line without days is earned at once.
pieces as (

    select
        lines.*,
        months.month_start,
        {{ month_end('months.month_start') }} as month_end,
        greatest(lines.starts_on, months.month_start) as piece_from,
        least(
            lines.ends_on,
            cast({{ dbt.dateadd('month', 1, 'months.month_start') }} as date)
        ) as piece_to,
    from {{ ref('int_reconciliation__lines') }} as lines
    inner join {{ ref('int_calendar__months') }} as months
        on
            lines.starts_on <= {{ month_end('months.month_start') }}
            and (
                lines.ends_on > months.month_start
                or (lines.service_days <= 0 and lines.starts_on >= months.month_start)
            )
    where lines.kind = 'service'

),

-- Days on which the item that was invoiced pays: not paused, unpaid or gone.
paying as (

    select
        pieces.line_id,
        pieces.month_start,
        sum(
            date_diff(
                'day',
                greatest(pieces.piece_from, segments.valid_from),
                least(pieces.piece_to, segments.valid_to)
            )
        ) as paying_days,
    from pieces
    inner join {{ ref('int_subscriptions__segments') }} as segments
        on
            pieces.item_id = segments.item_id
            and pieces.piece_from < segments.valid_to
            and pieces.piece_to > segments.valid_from
    where segments.status in ('active', 'past_due')
    group by pieces.line_id, pieces.month_start

),

shares as (

    select
        pieces.*,
        case
            when pieces.service_days <= 0 then 1.0
            else
                date_diff('day', pieces.piece_from, pieces.piece_to)
                / cast(pieces.service_days as double)
        end as earned_share,
        -- A month of service costs the same, however many days it has: as MRR counts it.
        case
            when pieces.service_days <= 0 then 1.0
            else
                pieces.cycle_days / pieces.service_days / pieces.cycle_months
                * date_diff('day', pieces.piece_from, pieces.piece_to)
                / extract(day from pieces.month_end)
        end as even_share,
        -- Books know of service from its invoice on.
        case
            when
                pieces.invoiced_on <= pieces.starts_on or pieces.invoiced_on >= pieces.ends_on
                then null
            else
                greatest(
                    date_diff(
                        'day',
                        greatest(pieces.piece_from, pieces.invoiced_on),
                        pieces.piece_to
                    ),
                    0
                )
                / cast(date_diff('day', pieces.invoiced_on, pieces.ends_on) as double)
        end as late_share,
        case
            when pieces.service_days <= 0 then 1.0
            else
                coalesce(paying.paying_days, 0)
                / cast(date_diff('day', pieces.piece_from, pieces.piece_to) as double)
        end as paying_share,
    from pieces
    left join paying
        on pieces.line_id = paying.line_id and pieces.month_start = paying.month_start

)

select
    shares.month_start,
    shares.line_id,
    shares.item_id,
    shares.is_proration,
    {{ as_mrr('shares.net_amount * shares.earned_share * billed.closing_rate') }} as earned,
    {{ as_mrr('shares.net_amount * shares.earned_share * rates.closing_rate') }}
        as earned_at_month_rate,
    {{ as_mrr("""
        shares.net_amount * coalesce(shares.late_share, shares.earned_share) * billed.closing_rate
    """) }} as booked,
    {{ as_mrr('shares.net_amount * shares.even_share * rates.closing_rate') }} as even_net,
    {{ as_mrr("""
        shares.net_amount
        * shares.even_share
        * (1 - shares.paying_share)
        * rates.closing_rate
    """) }} as even_net_not_paying,
    {{ as_mrr("""
        (shares.gross_amount - shares.net_amount)
        * shares.even_share
        * shares.paying_share
        * rates.closing_rate
    """) }} as even_discount,
from shares
inner join {{ ref('int_currencies__monthly_rates') }} as rates
    on shares.currency = rates.currency and shares.month_start = rates.month_start
inner join {{ ref('int_currencies__monthly_rates') }} as billed
    on shares.currency = billed.currency and shares.invoiced_month = billed.month_start
