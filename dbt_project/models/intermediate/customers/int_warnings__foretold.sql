-- Grain: one row per customer and day on which a spell began in which the outlook told that it may
-- well leave.
{% set days_after = 90 -%}
with

-- As it was told that day, whether or not the model has shown skill since.
told as (

    select
        predictions.customer_id,
        predictions.known_on,
        predictions.probability,
        predictions.base_rate,
        {{ dbt.datediff("cast('2000-01-01' as date)", 'predictions.known_on', 'month') }}
        - row_number() over (
            partition by predictions.customer_id order by predictions.known_on
        ) as life_number,
    from {{ ref('int_outlook__predictions') }} as predictions
    where {{ is_foretold_loss('predictions', days_after) }}

),

newest as (

    select max(told.known_on) as known_on,
    from told

),

-- A month end at which it does not pay ends a life, and with it a spell.
likely as (

    select
        told.*,
        told.probability >= 2 * told.base_rate as is_beyond,
        told.probability < 2 * told.base_rate as is_inside,
        told.probability < 1.5 * told.base_rate as is_clear,
    from told

),

numbered as (

    {{ episodes('likely', ['customer_id', 'life_number'], 'known_on') }}

)

select
    numbered.customer_id,
    min(numbered.known_on) as began_on,
    coalesce(
        min(numbered.known_on) filter (where not numbered.is_in_episode),
        case
            when max(numbered.known_on) < max(newest.known_on)
                then {{ dbt.last_day(dbt.dateadd('month', 1, 'max(numbered.known_on)'), 'month') }}
        end
    ) as ended_on,
    min_by(numbered.probability, numbered.known_on) as value,
    min_by(numbered.base_rate, numbered.known_on) as baseline,
from numbered
cross join newest
where numbered.episode_number > 0
group by numbered.customer_id, numbered.life_number, numbered.episode_number
