-- Grain: one row per paying customer and snapshot day.
with

paying as (

    select
        balances.customer_id,
        balances.snapshot_on,
        balances.arr,
    from {{ ref('fct_mrr_balances') }} as balances
    where balances.mrr > 0

),

core_features as (

    select count(distinct value_events.feature) as feature_count,
    from {{ ref('value_events') }} as value_events
    where value_events.is_core

),

adopted as (

    select
        accounts.customer_id,
        features.snapshot_on,
        count(distinct features.feature) as feature_count,
    from {{ ref('int_product__feature_snapshots') }} as features
    inner join {{ ref('int_customers__accounts') }} as accounts
        on features.account_id = accounts.account_id
    where features.is_core
    group by accounts.customer_id, features.snapshot_on

),

past_due as (

    select distinct
        segments.customer_id,
        paying.snapshot_on,
    from {{ ref('int_subscriptions__segments') }} as segments
    inner join paying
        on
            segments.customer_id = paying.customer_id
            and segments.valid_from <= paying.snapshot_on
            and segments.valid_to > paying.snapshot_on
    where segments.status = 'past_due'

),

-- No open escalation is good news only while support's data reaches the day.
supported as (

    select
        coverage.covered_from,
        coverage.covered_through,
    from {{ ref('stg_raw_meta__coverage') }} as coverage
    where coverage.source = 'zendesk'

),

escalated as (

    select
        days.customer_id,
        days.day_on as snapshot_on,
        sum(days.open_escalation_count) as open_escalation_count,
    from {{ ref('fct_ticket_days') }} as days
    group by days.customer_id, days.day_on

),

-- Each component as it is measured; nothing known is null, and neither good nor bad.
measured as (

    select
        paying.customer_id,
        paying.snapshot_on,
        paying.arr,
        case
            when usage.customer_id is not null
                then coalesce(adopted.feature_count, 0) / nullif(core_features.feature_count, 0)
        end as adoption,
        case
            when usage.paid_seat_count > 0
                then usage.active_seat_count / usage.paid_seat_count
        end as seats,
        case
            when usage.prior_monthly_active_users > 0
                then usage.monthly_active_users / usage.prior_monthly_active_users
        end as momentum,
        case
            when supported.covered_through is not null
                then coalesce(escalated.open_escalation_count, 0)
        end as support,
        case
            when relations.promoter_count + relations.passive_count + relations.detractor_count > 0
                then
                    100.0
                    * (relations.promoter_count - relations.detractor_count)
                    / (
                        relations.promoter_count
                        + relations.passive_count
                        + relations.detractor_count
                    )
        end as sentiment,
        case when past_due.customer_id is not null then 1 else 0 end as payment,
    from paying
    cross join core_features
    left join {{ ref('fct_usage_snapshots') }} as usage
        on
            paying.customer_id = usage.customer_id
            and paying.snapshot_on = usage.snapshot_on
    left join adopted
        on
            paying.customer_id = adopted.customer_id
            and paying.snapshot_on = adopted.snapshot_on
    left join supported
        on paying.snapshot_on between supported.covered_from and supported.covered_through
    left join escalated
        on
            paying.customer_id = escalated.customer_id
            and paying.snapshot_on = escalated.snapshot_on
    left join {{ ref('fct_relationship_snapshots') }} as relations
        on
            paying.customer_id = relations.customer_id
            and paying.snapshot_on = relations.snapshot_on
    left join past_due
        on
            paying.customer_id = past_due.customer_id
            and paying.snapshot_on = past_due.snapshot_on

),

components as (

    select
        measured.customer_id,
        measured.snapshot_on,
        listed.entry.component,
        listed.entry.measure,
    from measured
    cross join
        unnest([
            {% for component in health_components() -%}
            { 'component': '{{ component }}', 'measure': cast(measured.{{ component }} as double) },
            {% endfor -%}
        ]) as listed (entry)

),

scored as (

    select
        components.customer_id,
        components.snapshot_on,
        components.component,
        weights.weight,
        100 * {{ within_one(
            '(components.measure - weights.worst) / (weights.best - weights.worst)'
        ) }} as score,
    from components
    inner join {{ ref('health_weights') }} as weights
        on components.component = weights.component
    where components.measure is not null

),

-- What has said that it leaves is not well, whatever else is known of it: on the days on which a
-- notice runs, how much of what the customer pays it ends.
leaving as (

    select
        paying.customer_id,
        paying.snapshot_on,
        bool_and(notices.subscription_id is not null)
        filter (where segments.net_mrr > 0) as is_whole,
    from paying
    inner join {{ ref('int_subscriptions__segments') }} as segments
        on
            paying.customer_id = segments.customer_id
            and paying.snapshot_on >= segments.valid_from
            and paying.snapshot_on < segments.valid_to
    left join {{ ref('int_subscriptions__notices') }} as notices
        on
            segments.subscription_id = notices.subscription_id
            and paying.snapshot_on >= notices.began_on
            and coalesce(paying.snapshot_on < notices.ended_on, true)
    group by paying.customer_id, paying.snapshot_on
    having count(notices.subscription_id) > 0

),

-- What is missing weighs nothing: the others share its weight.
measured_totals as (

    select
        scored.customer_id,
        scored.snapshot_on,
        -- What lies on the limit of a band lies there, whatever the last bits of thirds.
        round(
            {{ exact_sum('scored.weight * scored.score') }}
            / nullif({{ exact_sum('scored.weight') }}, 0),
            9
        ) as health_score,
        {{ exact_sum('scored.weight') }} as known_weight,
        {% for name in health_components() -%}
        max(scored.score) filter (where scored.component = '{{ name }}') as {{ name }}_score,
        {% endfor -%}
    from scored
    group by scored.customer_id, scored.snapshot_on

),

totals as (

    select
        paying.customer_id,
        paying.snapshot_on,
        measured_totals.* exclude (
            measured_totals.customer_id, measured_totals.snapshot_on
        ) replace (
            case
                when leaving.is_whole then 0
                when leaving.customer_id is not null
                    then {{ at_most('measured_totals.health_score', 69) }}
                else measured_totals.health_score
            end as health_score
        ),
        leaving.customer_id is not null as has_given_notice,
    from paying
    left join measured_totals
        on
            paying.customer_id = measured_totals.customer_id
            and paying.snapshot_on = measured_totals.snapshot_on
    left join leaving
        on
            paying.customer_id = leaving.customer_id
            and paying.snapshot_on = leaving.snapshot_on

),

fct_customer_health as (

    select
        paying.customer_id,
        paying.snapshot_on,
        {{ as_exact('totals.health_score') }} as health_score,
        case
            when totals.health_score < 50 then 'at_risk'
            when totals.health_score < 70 then 'watch'
            when totals.health_score >= 70 then 'healthy'
            else 'unknown'
        end as health_band,
        cast(totals.known_weight as double) as known_weight,
        {% for component in health_components() -%}
        cast(totals.{{ component }}_score as double) as {{ component }}_score,
        {% endfor -%}
        totals.has_given_notice,
        cast(case when totals.health_score is not null then 1 else 0 end as integer)
            as scored_count,
        {{ as_mrr('case when totals.health_score < 50 then paying.arr else 0 end') }}
            as at_risk_arr,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from paying
    inner join {{ ref('dim_customers') }} as customers
        on paying.customer_id = customers.customer_id
    inner join totals
        on
            paying.customer_id = totals.customer_id
            and paying.snapshot_on = totals.snapshot_on

)

select * from fct_customer_health
