-- Grain: one row per component of the health score.
with

rated as (

    select
        proposals.*,
        {{ rated_sides('proposals') }}
    from {{ ref('int_health__proposals') }} as proposals
    where proposals.judged_on = {{ as_of() }}

),

health_weight_proposals as (

    select
        rated.component,
        rated.judged_on,
        cast(rated.high_from as double) as high_from,
        cast(rated.low_to as double) as low_to,
        cast(rated.customer_count as integer) as customer_count,
        {% for side in ['high', 'low'] -%}
        cast(rated.{{ side }}_count as integer) as {{ side }}_count,
        cast(rated.{{ side }}_come_count as integer) as {{ side }}_left_count,
        cast(rated.{{ side }}_rate as double) as {{ side }}_rate,
        {% endfor -%}
        cast(rated.high_rate - rated.low_rate as double) as difference,
        {% for end in ['lower', 'upper'] -%}
        cast({{ newcombe('rated', end) }} as double) as difference_{{ end }},
        {% endfor -%}
        cast(rated.alike_count as integer) as alike_count,
        rated.difference as adjusted_difference,
        rated.lower as adjusted_lower,
        rated.upper as adjusted_upper,
        rated.corrected_p_value,
        rated.is_stable,
        cast(rated.effect as double) as effect,
        rated.verdict,
        rated.weight,
        cast(rated.proposed_weight as double) as proposed_weight,
    from rated

)

select * from health_weight_proposals
