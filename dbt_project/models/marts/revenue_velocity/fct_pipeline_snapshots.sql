-- Grain: one row per month end (and the run's day): the pipeline that is open on it, against
-- the bookings planned for the quarter that follows.
with

-- A deal was open on a day if it had been created and its stage of that day was not closed.
spells as (

    select
        stages.deal_id,
        stages.entered_at,
        lead(stages.entered_at) over (
            partition by stages.deal_id
            order by stages.entered_at, stages._file_order, stages._file_row
        ) as left_at,
        definitions.is_closed,
    from {{ ref('stg_hubspot__deal_stages') }} as stages
    left join {{ ref('stg_hubspot__pipeline_stages') }} as definitions
        on stages.stage_id = definitions.stage_id
    union all
    -- Without any history a deal says itself how it stands; until it closed it was open.
    select
        deals.deal_id,
        deals.created_on as entered_at,
        deals.closed_on as left_at,
        false as is_closed,
    from {{ ref('fct_deals') }} as deals
    anti join {{ ref('stg_hubspot__deal_stages') }} as stages
        on deals.deal_id = stages.deal_id

),

open_deals as (

    select
        months.period_end_on as snapshot_on,
        sum(deals.amount) as open_amount,
        count(*) as open_deal_count,
    from {{ ref('int_calendar__months') }} as months
    inner join spells
        on
            cast(spells.entered_at as date) <= months.period_end_on
            and coalesce(cast(spells.left_at as date) > months.period_end_on, true)
            and not coalesce(spells.is_closed, false)
    inner join {{ ref('fct_deals') }} as deals
        on spells.deal_id = deals.deal_id
    group by months.period_end_on

),

fct_pipeline_snapshots as (

    select
        months.period_end_on as snapshot_on,
        cast(coalesce(max(open_deals.open_amount), 0) as decimal(38, 2)) as open_amount,
        cast(coalesce(max(open_deals.open_deal_count), 0) as integer) as open_deal_count,
        cast({{ exact_sum('plans.planned') }} as decimal(38, 2)) as next_quarter_plan,
    from {{ ref('int_calendar__months') }} as months
    left join open_deals
        on months.period_end_on = open_deals.snapshot_on
    left join {{ ref('int_plans__months') }} as plans
        on
            plans.metric_id = 'bookings_arr'
            and {{ dbt.date_trunc('quarter', 'plans.month_start') }}
            = {{ dbt.dateadd('month', 3, dbt.date_trunc('quarter', 'months.month_start')) }}
    group by months.period_end_on

)

select * from fct_pipeline_snapshots
