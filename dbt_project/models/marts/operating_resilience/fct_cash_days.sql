-- Grain: one row per day from the ledger's first to its last.
with

covered as (

    select
        min(postings.occurred_on) as first_on,
        max(postings.occurred_on) as last_on,
    from {{ ref('int_ledger__postings') }} as postings

),

-- An entry sums to zero, so its lines outside of cash say why the cash moved: raising or
-- repaying capital and putting cash aside are no burn.
daily as (

    select
        postings.occurred_on,
        sum(postings.amount) filter (where postings.statement = 'cash') as cash_change,
        sum(postings.amount) filter (
            where postings.is_cash_entry
            and postings.statement not in ('cash', 'financing', 'restricted_cash')
        ) as net_burn,
    from {{ ref('int_ledger__postings') }} as postings
    group by postings.occurred_on

),

fct_cash_days as (

    select
        spine.date_day as day_on,
        cast(
            sum(coalesce(daily.cash_change, 0)) over (order by spine.date_day)
            as decimal(38, 4)
        ) as cash_balance,
        cast(coalesce(daily.net_burn, 0) as decimal(38, 4)) as net_burn,
    from covered
    inner join {{ ref('time_spine_daily') }} as spine
        on spine.date_day between covered.first_on and covered.last_on
    left join daily
        on spine.date_day = daily.occurred_on

)

select * from fct_cash_days
