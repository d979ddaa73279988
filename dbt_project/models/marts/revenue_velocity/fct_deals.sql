-- Grain: one row per deal.
with

-- The stage that a deal is in is its last one; a deal that was opened again is open.
entered as (

    select
        stages.deal_id,
        stages.stage_id,
        stages.entered_at,
    from {{ ref('stg_hubspot__deal_stages') }} as stages
    where cast(stages.entered_at as date) <= {{ as_of() }}
    qualify row_number() over (
        partition by stages.deal_id
        order by stages.entered_at desc, stages._file_order desc, stages._file_row desc
    ) = 1

),

companies as (

    select
        links.deal_id,
        companies.company_id,
        companies.customer_id,
        companies.segment,
        companies.region,
        companies.channel,
    from {{ ref('stg_hubspot__deal_companies') }} as links
    inner join {{ ref('int_customers__crm_companies') }} as companies
        on links.company_id = companies.company_id
    qualify row_number() over (
        partition by links.deal_id
        order by companies.customer_id is null, companies.company_id
    ) = 1

),

staged as (

    select
        deals.deal_id,
        deals.created_at,
        deals.currency,
        deals.amount_local,
        deals.amount_home,
        -- The CRM converts by the day on which a deal is to close; not before it was made.
        greatest(
            least(coalesce(deals.close_expected_at, deals.created_at), {{ as_of() }}),
            deals.created_at
        ) as valued_at,
        coalesce(stages.is_closed, false) as is_closed,
        coalesce(stages.is_won, false) as is_won,
        coalesce(entered.entered_at, deals.close_expected_at) as entered_at,
    from {{ ref('stg_hubspot__deals') }} as deals
    left join entered
        on deals.deal_id = entered.deal_id
    left join {{ ref('stg_hubspot__pipeline_stages') }} as stages
        on coalesce(entered.stage_id, deals.stage_id) = stages.stage_id
    -- A deal that was merged into another one stays in the CRM's export.
    anti join {{ ref('stg_hubspot__merged_deals') }} as merged
        on deals.deal_id = merged.merged_deal_id
    where cast(deals.created_at as date) <= {{ as_of() }}

),

-- What the CRM converted counts, else its own amount at the reference rate.
valued as (

    select
        staged.*,
        coalesce(staged.amount_home, staged.amount_local * rates.opening_rate) as amount,
    from staged
    -- Rates are known of what the CRM has not converted.
    left join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            staged.currency = rates.currency
            and {{ month_start('staged.valued_at') }} = rates.month_start

),

fct_deals as (

    select
        valued.deal_id,
        companies.customer_id,
        cast(valued.created_at as date) as created_on,
        cast(case when valued.is_closed then valued.entered_at end as date) as closed_on,
        cast(valued.amount as decimal(38, 2)) as amount,
        cast(case when valued.is_closed then 1 else 0 end as integer) as closed_count,
        cast(case when valued.is_won then 1 else 0 end as integer) as won_count,
        cast(
            case when valued.is_won then valued.amount else 0 end as decimal(38, 2)
        ) as won_amount,
        cast(
            case
                when valued.is_won
                    then {{ dbt.datediff('valued.created_at', 'valued.entered_at', 'day') }}
            end as integer
        ) as days_to_win,
        coalesce(customers.segment, companies.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, companies.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, companies.channel, 'unknown') as channel,
    from valued
    left join companies
        on valued.deal_id = companies.deal_id
    left join {{ ref('dim_customers') }} as customers
        on companies.customer_id = customers.customer_id

)

select * from fct_deals
