-- Grain: one row per customer that pays today, outcome and days after it.
{% set words = dict(
    sign_words(),
    renewing_share='has a term that ends within 90 days',
    tenure='has paid for as long as those to whom it comes',
    segment='is of a segment to which it comes more often',
) -%}
with

described as (

    {{ described_drivers() }}

),

told as (

    select told.*,
    from {{ ref('int_outlook__told') }} as told
    where told.fold is null

),

reasons as (

    select
        told.customer_id,
        told.known_on,
        told.outcome,
        told.horizon_days,
        unnest(told.reasons) as driver,
        generate_subscripts(told.reasons, 1) as place,
    from told
    where told.is_skilled

),

today as (

    select
        drivers.customer_id,
        drivers.driver,
        drivers.value,
        avg({{ as_exact('drivers.value') }}) over (partition by drivers.driver) as usual,
    from {{ ref('int_evidence__drivers') }} as drivers
    inner join {{ ref('int_calendar__run') }} as run
        on drivers.known_on = run.as_of

),

worded as (

    select
        reasons.customer_id,
        reasons.outcome,
        reasons.horizon_days,
        reasons.place,
        case reasons.driver
            {% for measure, said in words.items() -%}
            when '{{ measure }}' then '{{ said }}'
            {% endfor -%}
            else case
                when today.value is null then 'unknown: ' || described.label
                when described.flag is not null and today.value > 0 then 'is ' || described.flag
                when described.flag is not null
                    then 'is ' || replace(described.flag, 'with ', 'without ')
                else
                    described.label || ' is ' || {{ worded_value('today.value', 'described.unit') }}
                    || ', on average of all customers '
                    || {{ worded_value('today.usual', 'described.unit') }}
            end
        end as reason,
    from reasons
    left join described
        on reasons.driver = described.driver
    left join today
        on reasons.customer_id = today.customer_id and reasons.driver = today.driver

),

listed as (

    select
        worded.customer_id,
        worded.outcome,
        worded.horizon_days,
        list(worded.reason order by worded.place) as reasons,
    from worded
    group by worded.customer_id, worded.outcome, worded.horizon_days

),

customer_outlook as (

    select
        told.customer_id,
        told.known_on as as_of,
        told.outcome,
        told.horizon_days,
        told.probability,
        case when told.is_skilled then told.lower end as probability_lower,
        case when told.is_skilled then told.upper end as probability_upper,
        told.base_rate,
        {% for place in [1, 2, 3] -%}
        listed.reasons[{{ place }}] as reason_{{ place }},
        {% endfor -%}
        case when told.is_skilled then 'hazards-1' else 'segment_rate' end as model_id,
        customers.segment,
        customers.plan,
        customers.region,
        customers.acquisition_channel as channel,
    from told
    inner join {{ ref('dim_customers') }} as customers
        on told.customer_id = customers.customer_id
    left join listed
        on
            told.customer_id = listed.customer_id
            and told.outcome = listed.outcome
            and told.horizon_days = listed.horizon_days

)

select * from customer_outlook
