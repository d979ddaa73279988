{#- What incremental models share: they build again what is affected, and nothing else. -#}

{#-
Deletes the affected keys before they are built again; `append` then adds what they hold now,
which may be nothing. dbt's `delete+insert` would leave a key alone that has no rows any more.
With `calendar`, keys that are not in it are deleted too: the day of an earlier run.
-#}
{% macro forget_affected(key, affected, calendar=none) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            {{ key }} in (select affected.{{ key }} from {{ affected }} as affected)
            {% if calendar -%}
            or {{ key }} not in (select calendar.{{ key }} from {{ calendar }} as calendar)
            {%- endif %}
    {%- endif -%}
{%- endmacro %}

{#-
Every day of the window that ends on a snapshot day: `snapshot_on, occurred_on, days_ago`. Of
snapshots that are built again the days of these. What is joined to it by the day is twice as
quick as what is joined by where the window begins and ends.
-#}
{% macro snapshot_windows(day_count) -%}
    select
        snapshots.snapshot_on,
        cast(days.day_on as date) as occurred_on,
        {{ dbt.datediff('days.day_on', 'snapshots.snapshot_on', 'day') }} as days_ago,
    from {{ ref('int_calendar__snapshots') }} as snapshots
    cross join unnest(
        generate_series(
            {{ dbt.dateadd('day', 1 - day_count, 'snapshots.snapshot_on') }},
            snapshots.snapshot_on,
            interval 1 day
        )
    ) as days (day_on)
    {%- if is_incremental() %}
    where
        snapshots.snapshot_on in (
            select affected.snapshot_on,
            from {{ ref('int_product__affected_snapshots') }} as affected
        )
    {%- endif %}
{%- endmacro %}
