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
        deals.amount,
        coalesce(stages.is_closed, false) as is_closed,
        coalesce(stages.is_won, false) as is_won,
        coalesce(entered.entered_at, deals.close_expected_at) as entered_at,
    from {{ ref('stg_hubspot__deals') }} as deals
    left join entered
        on deals.deal_id = entered.deal_id
    left join {{ ref('stg_hubspot__pipeline_stages') }} as stages
        on coalesce(entered.stage_id, deals.stage_id) = stages.stage_id
    where cast(deals.created_at as date) <= {{ as_of() }}

),

fct_deals as (

    select
        staged.deal_id,
        companies.customer_id,
        cast(staged.created_at as date) as created_on,
        cast(case when staged.is_closed then staged.entered_at end as date) as closed_on,
        cast(coalesce(staged.amount, 0) as decimal(38, 2)) as amount,
        cast(case when staged.is_closed then 1 else 0 end as integer) as closed_count,
        cast(case when staged.is_won then 1 else 0 end as integer) as won_count,
        cast(
            case when staged.is_won then coalesce(staged.amount, 0) else 0 end as decimal(38, 2)
        ) as won_amount,
        cast(
            case
                when staged.is_won
                    then {{ dbt.datediff('staged.created_at', 'staged.entered_at', 'day') }}
            end as integer
        ) as days_to_win,
        coalesce(customers.segment, companies.segment, 'unknown') as segment,
        coalesce(customers.plan, 'unknown') as plan,
        coalesce(customers.region, companies.region, 'unknown') as region,
        coalesce(customers.acquisition_channel, companies.channel, 'unknown') as channel,
    from staged
    left join companies
        on staged.deal_id = companies.deal_id
    left join {{ ref('dim_customers') }} as customers
        on companies.customer_id = customers.customer_id

)

select * from fct_deals
