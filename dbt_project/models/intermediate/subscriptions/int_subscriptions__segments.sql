-- Grain: one row per subscription item and run of days without any change, of every billing
-- source.
with

segments as (

    select timeline.*
    from {{ ref('int_subscriptions__timeline_segments') }} as timeline
    -- What is not known is listed in `unmatched_records`, and counts as nothing at a guess.
    where timeline.list_mrr is not null
    {% for model in declared('segments') -%}
    union all by name
    select own.* from {{ ref(model) }} as own
    {% endfor %}

)

select
    segments.source_name,
    segments.customer_id,
    segments.subscription_id,
    segments.item_id,
    segments.product_id,
    segments.valid_from,
    segments.valid_to,
    segments.status,
    segments.quantity,
    segments.cycle_months,
    segments.currency,
    segments.unit_mrr,
    case when segments.status in ('active', 'past_due') then segments.list_mrr else 0 end
        as list_mrr,
    case when segments.status in ('active', 'past_due') then segments.net_mrr else 0 end
        as net_mrr,
    case when segments.status = 'trialing' then segments.net_mrr else 0 end as trial_mrr,
    segments.net_mrr as agreed_mrr,
    segments.known_on,
    segments.end_known_on,
    segments._file,
    segments._file_row,
from segments
where segments.valid_from < segments.valid_to
