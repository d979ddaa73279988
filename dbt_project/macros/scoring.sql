{#-
How a value stands against its target and guardrail. Score: 100 at or beyond the target, 0
at or beyond the guardrail, linear between; a band has both on both sides.
-#}

{#-
on_target, watch, breach, too_few, no_target or no_value, of what is judged. What has no target has
no status, whatever its state; a breach needs a guardrail, a complete period, enough cases, and of
a share of cases an interval that leaves the guardrail out.
-#}
{% macro target_status() -%}
    case
        when target is null or direction = 'neutral'
            then case when judged_value is null then 'no_value' else 'no_target' end
        when judged_state = 'not_burning' then 'on_target'
        when judged_state in ('burning_without_growth', 'no_new_customers')
            then case when is_complete and guardrail is not null then 'breach' else 'watch' end
        when judged_value is null then 'no_value'
        when judged_sample_size < min_cases then 'too_few'
        when
            (direction = 'up' and judged_value >= target)
            or (direction = 'down' and judged_value <= target)
            or (direction = 'band' and judged_value between target and target_high)
            then 'on_target'
        -- An incomplete period is shown as such and breaches nothing.
        when not is_complete then 'watch'
        when
            direction in ('up', 'band')
            and judged_value <= guardrail
            and (is_certain or coalesce(judged_upper <= guardrail, true))
            then 'breach'
        when
            direction = 'down'
            and judged_value >= guardrail
            and (is_certain or coalesce(judged_lower >= guardrail, true))
            then 'breach'
        when
            direction = 'band'
            and judged_value >= guardrail_high
            and (is_certain or coalesce(judged_lower >= guardrail_high, true))
            then 'breach'
        else 'watch'
    end
{%- endmacro %}

{#-
0 to 100; null without target, guardrail or value, and of too few cases. Where target and guardrail
are one number there is nothing between 0 and 100.
-#}
{% macro target_score() -%}
    case
        when target is null or guardrail is null or direction = 'neutral' then null
        when judged_state in ('burning_without_growth', 'no_new_customers') then 0.0
        when judged_state = 'not_burning' then 100.0
        when judged_value is null or judged_sample_size < min_cases then null
        when direction = 'up'
            then {{ share_of_way('judged_value', 'guardrail', 'target') }}
        when direction = 'down'
            then {{ share_of_way('-judged_value', '-guardrail', '-target') }}
        when direction = 'band' and judged_value < target
            then {{ share_of_way('judged_value', 'guardrail', 'target') }}
        when direction = 'band'
            then {{ share_of_way('-judged_value', '-guardrail_high', '-target_high') }}
    end
{%- endmacro %}

{#- 0 at `from_value` or below, 100 at `to_value` or above, linear between; more is better. -#}
{% macro share_of_way(value, from_value, to_value) -%}
    case
        when {{ value }} >= {{ to_value }} then 100.0
        when {{ value }} <= {{ from_value }} then 0.0
        else 100.0 * ({{ value }} - ({{ from_value }})) / ({{ to_value }} - ({{ from_value }}))
    end
{%- endmacro %}

{#-
How far a value lies beyond its guardrail, in distances from target to guardrail: 1 is as far
beyond it as the target lies before it. Null where a bad state stands for the value.
-#}
{% macro beyond_guardrail(value) -%}
    case
        when direction in ('up', 'down')
            then (guardrail - {{ value }}) / nullif(target - guardrail, 0)
        when direction = 'band'
            then greatest(
                (guardrail - {{ value }}) / nullif(target - guardrail, 0),
                ({{ value }} - guardrail_high) / nullif(guardrail_high - target_high, 0)
            )
    end
{%- endmacro %}

{#-
Least-squares slope of the newest `months` values by month, as a share of their mean; null
where one of them is missing. `recency` counts from 1, the newest.
-#}
{% macro trend(value, recency, months) -%}
    case
        when count({{ value }}) filter (where {{ recency }} <= {{ months }}) = {{ months }}
            then
                regr_slope({{ value }}, -{{ recency }} order by {{ recency }})
                filter (where {{ recency }} <= {{ months }})
                / nullif(
                    abs(avg({{ as_exact(value) }}) filter (where {{ recency }} <= {{ months }})), 0
                )
    end
{%- endmacro %}

{#- On which scale chance has one size (statistics/stabilizing.py), by a row of dim_metrics. -#}
{% macro kind_of_value(metrics) -%}
    case
        when {{ metrics }}.is_proportion then 'share'
        when {{ metrics }}.unit = 'count' and {{ metrics }}.aggregation = 'activity' then 'count'
        when {{ metrics }}.unit in ('rate', 'points') then 'plain'
        else 'amount'
    end
{%- endmacro %}
