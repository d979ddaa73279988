-- Grain: one row per subscription, as it was seen last.
with

newest_states as (

    select
        history.*,
        min(case when history.is_deleted then history.valid_from_at end) over (
            partition by history.subscription_id
        ) as first_deleted_at,
    from {{ ref('int_billing__subscription_history') }} as history
    qualify row_number() over (
        partition by history.subscription_id
        order by
            history.valid_from_at desc nulls last,
            history._file_order desc,
            history._file_row desc
    ) = 1

)

{% set columns = [
    'source_name', 'subscription_id', 'customer_id', 'status', 'created_at', 'started_at',
    'ended_at', 'cancel_at', 'is_cancelled_at_period_end', 'cancelled_at',
    'current_period_ends_at', 'trial_started_at', 'trial_ends_at',
] -%}
select
    {% for column in columns -%}
    subscriptions.{{ column }},
    {% endfor -%}
    subscriptions.deleted_at,
    subscriptions._file,
    subscriptions._file_row,
from {{ ref('int_billing__subscriptions') }} as subscriptions

union all

select
    {% for column in columns -%}
    states.{{ column }},
    {% endfor -%}
    case when states.is_deleted then states.first_deleted_at end as deleted_at,
    states._file,
    states._file_row,
from newest_states as states
where
    -- A state without its customer tells a status, not a subscription.
    states.customer_id is not null
    and states.subscription_id not in (
        select live.subscription_id from {{ ref('int_billing__subscriptions') }} as live
    )
