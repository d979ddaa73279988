-- Grain: one row per paying customer and quarter: how much it used the product before the
-- quarter began, and how it decided within it.
with

quarters as (

    select
        periods.period_start as quarter_start,
        periods.period_end as quarter_end,
    from {{ ref('int_calendar__periods') }} as periods
    where periods.grain = 'quarter'

),

-- Value events per paid seat in the 30 days before the quarter: no decision of it is in them.
used as (

    select
        quarters.quarter_start,
        quarters.quarter_end,
        usage.customer_id,
        usage.segment,
        ntile(4) over (
            partition by quarters.quarter_start
            order by
                usage.value_event_count_30d / nullif(usage.paid_seat_count, 0) nulls first,
                usage.customer_id
        ) as usage_quartile,
    from quarters
    inner join {{ ref('fct_usage_snapshots') }} as usage
        on usage.snapshot_on = {{ dbt.dateadd('day', -1, 'quarters.quarter_start') }}
    inner join {{ ref('fct_customer_months') }} as months
        on
            usage.customer_id = months.customer_id
            and quarters.quarter_start = months.month_start
            and months.opening_mrr > 0
    -- Who uses nothing uses nothing per seat; of other use without a paid seat nothing is known.
    where usage.paid_seat_count > 0 or usage.value_event_count_30d = 0

),

renewals as (

    select
        renewals.customer_id,
        {{ dbt.date_trunc('quarter', 'renewals.due_on') }} as quarter_start,
        sum(renewals.due_count) as due_count,
        sum(renewals.renewed_count) as renewed_count,
    from {{ ref('fct_renewals') }} as renewals
    group by renewals.customer_id, {{ dbt.date_trunc('quarter', 'renewals.due_on') }}

),

expansions as (

    select
        months.customer_id,
        {{ dbt.date_trunc('quarter', 'months.month_start') }} as quarter_start,
        max(case when months.movement_type = 'expansion' then 1 else 0 end) as expanded_count,
    from {{ ref('fct_customer_months') }} as months
    group by months.customer_id, {{ dbt.date_trunc('quarter', 'months.month_start') }}

),

fct_usage_outcomes as (

    select
        used.customer_id,
        cast(used.quarter_start as date) as quarter_start,
        cast(used.usage_quartile as integer) as usage_quartile,
        {% for name, quartile in [('top', 4), ('bottom', 1)] -%}
        cast(case when used.usage_quartile = {{ quartile }} then 1 else 0 end as integer)
            as {{ name }}_count,
        cast(
            case
                when used.usage_quartile = {{ quartile }}
                    then coalesce(expansions.expanded_count, 0)
                else 0
            end as integer
        ) as {{ name }}_expanded_count,
        cast(
            case
                when used.usage_quartile = {{ quartile }} then coalesce(renewals.due_count, 0)
                else 0
            end as integer
        ) as {{ name }}_due_count,
        cast(
            case
                when used.usage_quartile = {{ quartile }}
                    then coalesce(renewals.renewed_count, 0)
                else 0
            end as integer
        ) as {{ name }}_renewed_count,
        {% endfor -%}
        used.segment,
    from used
    left join renewals
        on
            used.customer_id = renewals.customer_id
            and used.quarter_start = renewals.quarter_start
    left join expansions
        on
            used.customer_id = expansions.customer_id
            and used.quarter_start = expansions.quarter_start

)

select * from fct_usage_outcomes
