-- Grain: one row per subscription and end of a term of three months or more that has come.
with

due as (

    select
        terms.customer_id,
        terms.subscription_id,
        terms.cycle_months,
        terms.term_ends_on as due_on,
    from {{ ref('int_subscriptions__terms') }} as terms
    where
        terms.cycle_months >= 3
        and terms.term_ends_on <= terms.service_ends_on
        and terms.term_ends_on <= {{ as_of() }}

),

-- What the subscription paid the day before, and its customer on the day before and on the day.
paid as (

    select
        due.subscription_id,
        due.due_on,
        {{ exact_sum("""
            case
                when
                    segments.subscription_id = due.subscription_id
                    and segments.valid_from < due.due_on
                    and segments.valid_to >= due.due_on
                    then segments.net_mrr * rates.closing_rate
                else 0
            end
        """) }} as due_mrr,
        {{ exact_sum("""
            case
                when
                    segments.subscription_id = due.subscription_id
                    and segments.valid_from <= due.due_on
                    and segments.valid_to > due.due_on
                    then segments.net_mrr * rates.closing_rate
                else 0
            end
        """) }} as kept_mrr,
        {{ exact_sum("""
            case
                when segments.valid_from < due.due_on and segments.valid_to >= due.due_on
                    then segments.net_mrr * rates.closing_rate
                else 0
            end
        """) }} as customer_mrr_before,
        {{ exact_sum("""
            case
                when segments.valid_from <= due.due_on and segments.valid_to > due.due_on
                    then segments.net_mrr * rates.closing_rate
                else 0
            end
        """) }} as customer_mrr_after,
    from due
    inner join {{ ref('int_subscriptions__segments') }} as segments
        on
            due.customer_id = segments.customer_id
            and due.due_on >= segments.valid_from
            and due.due_on <= segments.valid_to
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            segments.currency = rates.currency
            and {{ month_start('due.due_on') }} = rates.month_start
    group by due.subscription_id, due.due_on

),

-- Another subscription of the customer may carry on what this one was, growth apart; one
-- that ends on the same day takes nothing from this one.
renewed as (

    select
        due.*,
        paid.due_mrr,
        least(
            paid.due_mrr,
            greatest(
                paid.kept_mrr,
                paid.customer_mrr_after - (paid.customer_mrr_before - paid.due_mrr)
            )
        ) as renewed_mrr,
    from due
    inner join paid
        on due.subscription_id = paid.subscription_id and due.due_on = paid.due_on
    where paid.due_mrr > 0

),

fct_renewals as (

    select
        renewed.subscription_id,
        renewed.due_on,
        renewed.customer_id,
        cast(renewed.cycle_months as double) as term_months,
        {{ as_mrr('12 * renewed.due_mrr') }} as due_arr,
        {{ as_mrr('12 * renewed.renewed_mrr') }} as renewed_arr,
        cast(1 as integer) as due_count,
        cast(case when renewed.renewed_mrr > 0 then 1 else 0 end as integer) as renewed_count,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from renewed
    inner join {{ ref('dim_customers') }} as customers
        on renewed.customer_id = customers.customer_id

)

select * from fct_renewals
