{#- Latencies from cumulative histogram buckets `le_<ms>`: how many were within each bound. -#}

{#- The finite bounds, in milliseconds. -#}
{% macro latency_bounds() -%}
    {{ return([25, 50, 100, 250, 500, 1000, 2500, 5000]) }}
{%- endmacro %}

{#-
The latency within which a share of requests lies, linear inside its bucket. Beyond the last
bound it is that bound: a histogram knows no more. null without requests or buckets.
-#}
{% macro latency_percentile(share, alias, request_count='request_count') -%}
    {%- set wanted = share ~ ' * ' ~ alias ~ '.' ~ request_count -%}
    case
        when coalesce({{ alias }}.{{ request_count }}, 0) = 0 then null
        when {{ alias }}.le_{{ latency_bounds()[-1] }} is null then null
        {%- set below = namespace(bound=0, count='0') %}
        {%- for bound in latency_bounds() %}
        when {{ alias }}.le_{{ bound }} >= {{ wanted }}
            then {{ below.bound }} + {{ bound - below.bound }}.0
                * ({{ wanted }} - {{ below.count }})
                / nullif({{ alias }}.le_{{ bound }} - {{ below.count }}, 0)
        {%- set below.bound = bound %}
        {%- set below.count = alias ~ '.le_' ~ bound %}
        {%- endfor %}
        else {{ latency_bounds()[-1] }}.0
    end
{%- endmacro %}
