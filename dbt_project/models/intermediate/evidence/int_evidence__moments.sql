-- Grain: one row per customer and day on which it pays and on which what is known of it is held
-- against what follows: ends of months, the day when onboarding should be over, and today.
{% set onboarded = setting('activation_window_days') -%}
with

begun as (

    select
        movements.customer_id,
        min(movements.occurred_on) as began_on,
    from {{ ref('fct_mrr_movements') }} as movements
    where movements.movement_type = 'new'
    group by movements.customer_id

),

paying as (

    select
        balances.customer_id,
        balances.snapshot_on,
        balances.segment,
        begun.began_on,
        {{ dbt.datediff('begun.began_on', 'balances.snapshot_on', 'day') }} as tenure_days,
        days.is_month_end,
    from {{ ref('fct_mrr_balances') }} as balances
    inner join {{ ref('int_calendar__snapshots') }} as days
        on balances.snapshot_on = days.snapshot_on
    inner join begun
        on balances.customer_id = begun.customer_id
    where balances.mrr > 0 and balances.snapshot_on >= begun.began_on

),

-- Who was away at the end of onboarding has no such day.
numbered as (

    select
        paying.*,
        paying.tenure_days between {{ onboarded }} and {{ onboarded }} + 30
        and row_number() over (
            partition by paying.customer_id, paying.tenure_days >= {{ onboarded }}
            order by paying.snapshot_on
        ) = 1 as is_onboarded,
    from paying

),

-- Of half a year: a month of a small customer is a handful of events, and says little.
used as (

    select
        usage.customer_id,
        usage.snapshot_on,
        usage.paid_seat_count,
        {{ as_exact('usage.value_event_count_30d / nullif(usage.paid_seat_count, 0)') }}
            as use_per_seat,
        avg({{ as_exact('usage.value_event_count_30d / nullif(usage.paid_seat_count, 0)') }})
            over half_year as usual_use_per_seat,
        avg(cast(usage.value_event_count_30d as decimal(38, 6))) over half_year as usual_use,
    from {{ ref('fct_usage_snapshots') }} as usage
    window half_year as (
        partition by usage.customer_id
        order by usage.snapshot_on
        range between interval 150 days preceding and current row
    )

),

asked as (

    select
        numbered.*,
        run.as_of,
        used.use_per_seat,
        used.usual_use_per_seat,
        used.usual_use,
        used.paid_seat_count,
    from numbered
    cross join {{ ref('int_calendar__run') }} as run
    left join used
        on
            numbered.customer_id = used.customer_id
            and numbered.snapshot_on = used.snapshot_on
    where numbered.is_month_end or numbered.is_onboarded or numbered.snapshot_on = run.as_of

),

-- Places among the customers of a segment on a day; on other days than ends of months, among all
-- of the kind.
placed as (

    select
        asked.*,
        percent_rank() over (alike order by asked.paid_seat_count) as size_rank,
        percent_rank() over (alike order by asked.usual_use_per_seat)
        + percent_rank() over (alike order by asked.usual_use) as use_rank,
    from asked
    window alike as (
        partition by
            asked.segment,
            asked.use_per_seat is null,
            case when asked.is_month_end then asked.snapshot_on end
    )

)

select
    placed.customer_id,
    placed.snapshot_on as known_on,
    placed.segment,
    placed.tenure_days,
    case
        when placed.tenure_days < 180 then 'first_half_year'
        when placed.tenure_days < 365 then 'second_half_year'
        else 'later'
    end as tenure_band,
    -- Thirds by seats and tenths by use; who is in no band is alike to others in none.
    cast(
        case when placed.use_per_seat is not null then 1 + floor(2.999 * placed.size_rank) end
        as integer
    ) as size_band,
    cast(
        case
            when placed.use_per_seat is not null
                then
                    1 + floor(9.999 * percent_rank() over (
                        partition by
                            placed.segment,
                            placed.use_per_seat is null,
                            case when placed.is_month_end then placed.snapshot_on end
                        order by placed.use_rank
                    ))
        end as integer
    ) as use_band,
    placed.is_onboarded,
    placed.is_month_end,
    placed.snapshot_on = placed.as_of as is_today,
from placed
