{#- Spellings of dates that more than one model needs. -#}

{#- The last day of a date's month. -#}
{% macro month_end(date) -%}
    cast({{ dbt.last_day(date, "month") }} as date)
{%- endmacro %}

{#- The first day of a date's month. -#}
{% macro month_start(date) -%}
    cast({{ dbt.date_trunc("month", date) }} as date)
{%- endmacro %}

{#- The Monday of the newest week that has ended by a day: from its Sunday on. -#}
{% macro last_full_week(date) -%}
    cast({{ dbt.date_trunc("week", dbt.dateadd("day", -6, date)) }} as date)
{%- endmacro %}

{#- A week by its Monday, as ISO 8601 writes it: 2026-W26. -#}
{% macro iso_week(monday) -%}
    strftime({{ monday }}, '%G-W%V')
{%- endmacro %}

{#- The day through which metrics are computed. -#}
{% macro as_of() -%}
    (select run.as_of from {{ ref('int_calendar__run') }} as run)
{%- endmacro %}

{#- A local moment in UTC; daylight saving is the zone's. -#}
{% macro local_to_utc(moment, zone) -%}
    timezone('UTC', timezone({{ zone }}, {{ moment }}))
{%- endmacro %}
