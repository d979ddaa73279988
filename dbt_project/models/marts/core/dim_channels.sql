-- Grain: one row per channel that customers, companies of the CRM or spend name.
with

named as (

    select
        customers.acquisition_channel as channel,
        false as is_paid,
    from {{ ref('dim_customers') }} as customers

    union all

    select
        companies.channel,
        false as is_paid,
    from {{ ref('int_customers__crm_companies') }} as companies

    union all

    select
        coalesce(channels.channel, 'unknown') as channel,
        true as is_paid,
    from {{ ref('stg_ads__campaign_spend') }} as spend
    left join {{ ref('channel_map') }} as channels
        on spend.ad_channel = channels.ad_channel
    where spend.spent_on <= {{ as_of() }}

),

dim_channels as (

    select
        named.channel,
        bool_or(named.is_paid) as is_paid,
    from named
    group by named.channel

)

select * from dim_channels
