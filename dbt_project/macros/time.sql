{#- Spellings of dates that more than one model needs. -#}

{#- The last day of a date's month. -#}
{% macro month_end(date) -%}
    cast({{ dbt.last_day(date, "month") }} as date)
{%- endmacro %}

{#- The first day of a date's month. -#}
{% macro month_start(date) -%}
    cast({{ dbt.date_trunc("month", date) }} as date)
{%- endmacro %}

{#- The day through which metrics are computed. -#}
{% macro as_of() -%}
    (select run.as_of from {{ ref('int_calendar__run') }} as run)
{%- endmacro %}

{#- A local moment in UTC; daylight saving is the zone's. -#}
{% macro local_to_utc(moment, zone) -%}
    timezone('UTC', timezone({{ zone }}, {{ moment }}))
{%- endmacro %}
