{#- Numbers, periods and states as people read them. DuckDB's `format` and `strftime` live here. -#}

{#- A value in its unit: 87.2 %, 1,234, 8.0 days; never so short that something becomes nothing. -#}
{% macro worded_value(value, unit) -%}
    case
        when {{ value }} != 0 and abs({{ value }}) < case
            when {{ unit }} = 'rate' then 0.0005
            when {{ unit }} in ('currency', 'count') then 0.5
            when {{ unit }} = 'ratio' then 0.005
            else 0.05
        end
            then {{ worded_finely(value, unit, 2) }}
        -- What is not all of it never reads as all.
        when
            {{ unit }} = 'rate' and abs({{ value }}) < 1 and round(abs({{ value }}), 3) = 1
            then {{ worded_finely(value, unit, 7) }}
        when {{ unit }} = 'rate' then format('{:.1f} %', 100.0 * {{ value }})
        when
            {{ unit }} in ('currency', 'count')
            and abs({{ value }}) < 100
            and {{ value }} != round({{ value }})
            then format('{:,.2f}', {{ value }} + 0.0)
        when {{ unit }} in ('currency', 'count') then format('{:,.0f}', {{ value }} + 0.0)
        when {{ unit }} = 'ratio' then format('{:,.2f}', {{ value }} + 0.0)
        else format('{:,.1f} ', {{ value }} + 0.0) || {{ unit }}
    end
{%- endmacro %}

{#- From one value to another in their unit, with as many digits as tell them apart. -#}
{% macro worded_move(before, after, unit) -%}
    case
        when
            {{ worded_value(before, unit) }} = {{ worded_value(after, unit) }}
            and {{ before }} != {{ after }}
            then concat(
                {{ worded_finely(before, unit) }}, ' to ', {{ worded_finely(after, unit) }}
            )
        else concat({{ worded_value(before, unit) }}, ' to ', {{ worded_value(after, unit) }})
    end
{%- endmacro %}

{#- A value in its unit with some digits that count, however small it is. -#}
{% macro worded_finely(value, unit, digits=4) -%}
    case
        when {{ unit }} = 'rate' then format('{:.{{ digits }}g} %', 100.0 * {{ value }})
        when {{ unit }} in ('currency', 'count', 'ratio')
            then format('{:.{{ digits }}g}', {{ value }} + 0.0)
        else format('{:.{{ digits }}g} ', {{ value }} + 0.0) || {{ unit }}
    end
{%- endmacro %}

{#- A change in its unit, with its sign; of a rate in percentage points. -#}
{% macro worded_change(change, unit) -%}
    case when {{ change }} < 0 then '-' else '+' end
    || case
        when {{ unit }} = 'rate' and {{ change }} != 0 and abs({{ change }}) < 0.0005
            then format('{:.2g} points', 100.0 * abs({{ change }}))
        when {{ unit }} = 'rate' then format('{:.1f} points', 100.0 * abs({{ change }}))
        else {{ worded_value('abs(' ~ change ~ ')', unit) }}
    end
{%- endmacro %}

{#- June 2026, Q2 2026, the week of 2026-06-22. -#}
{% macro worded_period(grain, period_start) -%}
    case {{ grain }}
        when 'month' then strftime({{ period_start }}, '%B %Y')
        when 'quarter'
            then 'Q' || extract('quarter' from {{ period_start }})
                || ' ' || extract('year' from {{ period_start }})
        when 'year' then cast(extract('year' from {{ period_start }}) as varchar)
        when 'week' then 'the week of ' || {{ period_start }}
        else cast({{ period_start }} as varchar)
    end
{%- endmacro %}

{#- Why there is no number, for a reader. `through` is the day to which all of the metric's sources
    reach, null where one of them is not connected. -#}
{% macro worded_state(state, through=none) -%}
    case {{ state }}
        when 'no_data'
            then
                {% if through -%}
                coalesce(
                    'no data: its sources reach to ' || {{ through }} || ', and do not tell it',
                    'no data: its sources are not connected'
                )
                {%- else -%}
                'no data: what was delivered does not tell it'
                {%- endif %}
        when 'undefined' then 'no number: there was nothing to divide by'
        when 'incomplete' then 'no number yet: its sources do not reach so far'
        when 'immature' then 'no number yet: its cohort still has time'
        when 'too_few' then 'no number: the sample is too small'
        when 'not_reached' then 'no number yet: fewer than half have arrived'
        when 'not_burning' then 'no limit: the company does not burn cash'
        when 'no_new_customers' then 'no number: nobody was won'
        when 'burning_without_growth' then 'no number: cash burns without growth'
        else {{ state }}
    end
{%- endmacro %}
