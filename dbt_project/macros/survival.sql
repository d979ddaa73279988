{#-
Kaplan-Meier medians per `duration_type, grain, cohort_on, dimension, dimension_value`: who
still waits is censored, so neither forgotten nor taken for arrived.

`members`: a CTE with those columns, `has_arrived` and the duration; `duration`: the column
of the duration, in a unit of its own; `type`: the type of the median. Yields the five
columns, the median (null where fewer than half have arrived: not reached), `member_count`
and `waiting_count`.
-#}
{% macro kaplan_meier_medians(members, duration, median, type) -%}
    {%- set cohort = ['duration_type', 'grain', 'cohort_on', 'dimension', 'dimension_value'] -%}
    select
        {% for column in cohort -%}
        survival.{{ column }},
        {% endfor -%}
        cast(
            min(survival.{{ duration }})
            filter (where survival.waiting_share <= 0.5 + 1e-9)
            as {{ type }}
        ) as {{ median }},
        cast(max(survival.at_risk_count) as integer) as member_count,
        cast(max(survival.at_risk_count) - sum(survival.arrived_count) as integer)
            as waiting_count,
    from (
        select
            moments.*,
            {{ product_of('1.0 - moments.arrived_count / moments.at_risk_count') }} over (
                partition by {% for column in cohort %}moments.{{ column }}, {% endfor %}null
                order by moments.{{ duration }}
            ) as waiting_share,
        from (
            -- How many still waited just before each moment, and how many arrived at it.
            select
                {% for column in cohort + [duration] -%}
                members.{{ column }},
                {% endfor -%}
                count(*) filter (where members.has_arrived) as arrived_count,
                sum(count(*)) over (
                    partition by {% for column in cohort %}members.{{ column }}, {% endfor %}null
                    order by members.{{ duration }} desc
                ) as at_risk_count,
            from {{ members }} as members
            group by
                {% for column in cohort %}members.{{ column }}, {% endfor %}
                members.{{ duration }}
        ) as moments
    ) as survival
    group by {% for column in cohort %}survival.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}
