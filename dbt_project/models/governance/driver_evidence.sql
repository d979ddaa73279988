-- Grain: one row per driver, outcome and days after it.
with

described as (

    {{ described_drivers() }}

),

rated as (

    select
        contrasts.*,
        metrics.metric_id,
        described.label,
        described.flag,
        described.unit,
        'segment, tenure, ' || described.alike_in as alike_in,
        {{ rated_sides('contrasts') }}
    from {{ ref('int_evidence__contrasts') }} as contrasts
    inner join described
        on contrasts.driver = described.driver
    left join {{ ref('dim_metrics') }} as metrics
        on contrasts.driver = metrics.metric_id

),

driver_evidence as (

    select
        rated.driver,
        rated.metric_id,
        rated.label,
        rated.stage,
        rated.outcome,
        rated.horizon_days,
        cast(rated.high_from as double) as high_from,
        cast(rated.low_to as double) as low_to,
        cast(rated.customer_count as integer) as customer_count,
        {% for side in ['high', 'low'] -%}
        cast(rated.{{ side }}_count as integer) as {{ side }}_count,
        cast(rated.{{ side }}_come_count as integer) as {{ side }}_come_count,
        cast(rated.{{ side }}_rate as double) as {{ side }}_rate,
        {% endfor -%}
        cast(rated.high_rate - rated.low_rate as double) as difference,
        {% for end in ['lower', 'upper'] -%}
        cast({{ newcombe('rated', end) }} as double) as difference_{{ end }},
        {% endfor -%}
        rated.alike_in,
        cast(rated.alike_count as integer) as alike_count,
        judgements.difference as adjusted_difference,
        judgements.lower as adjusted_lower,
        judgements.upper as adjusted_upper,
        judgements.p_value,
        judgements.corrected_p_value,
        judgements.is_stable,
        judgements.verdict,
        {{ worded_evidence('rated') }} as sentence,
    from rated
    inner join {{ ref('int_evidence__judgements') }} as judgements
        on
            rated.driver = judgements.driver
            and rated.outcome = judgements.outcome
            and rated.horizon_days = judgements.horizon_days

)

select * from driver_evidence
