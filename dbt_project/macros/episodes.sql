{#- Islands over periods: from when to when something was wrong. -#}

{#-
Every row of a CTE with the episode that it belongs to. The CTE says of each period whether it
is beyond the line (`is_beyond`), on its right side (`is_inside`), and clear of it by a margin
(`is_clear`); a period of which nothing is known says none of them.

An episode begins beyond the line and ends in a period that is clear of it, or in the second
of two known periods in a row on its right side: what hovers at the line does not flap.
`episode_number` is 0 before the first one; a row after an episode bears its number and is not
`is_in_episode`.
-#}
{% macro episodes(cte, keys, ordered_by) -%}
    {%- set partition = 'partition by ' ~ keys | join(', ') -%}
    {%- set so_far = partition ~ ' order by ' ~ ordered_by
        ~ ' rows between unbounded preceding and current row' -%}
    select
        entered.* exclude (was_in_episode),
        sum(case when is_in_episode and not was_in_episode then 1 else 0 end)
            over ({{ so_far }}) as episode_number,
    from (
        select
            followed.*,
            coalesce(
                lag(is_in_episode) over ({{ partition }} order by {{ ordered_by }}), false
            ) as was_in_episode,
        from (
            select
                decided.* exclude (turn),
                coalesce(
                    last_value(turn ignore nulls) over ({{ so_far }}) = 'begin', false
                ) as is_in_episode,
            from (
                select
                    rows_of.*,
                    case
                        when is_beyond then 'begin'
                        when is_clear then 'end'
                        when
                            is_inside
                            and lag(is_inside ignore nulls)
                                over ({{ partition }} order by {{ ordered_by }})
                            then 'end'
                    end as turn,
                from {{ cte }} as rows_of
            ) as decided
        ) as followed
    ) as entered
{%- endmacro %}

{#-
Spells of a CTE that overlap or meet, as one: `keys`, `began_on` and `ended_on`, which is null while
one of them goes on. Example: two unpaid invoices are one spell, from the first to the day on which
both are paid.
-#}
{% macro merge_spells(cte, keys) -%}
    {%- set partition = 'partition by ' ~ keys | join(', ') -%}
    {%- set never = "cast('9999-12-31' as date)" -%}
    select
        {{ keys | join(', ') }},
        min(began_on) as began_on,
        case when max(until) < {{ never }} then max(until) end as ended_on,
    from (
        select
            followed.*,
            sum(case when coalesce(began_on <= until_before, false) then 0 else 1 end) over (
                {{ partition }} order by began_on, until
                rows between unbounded preceding and current row
            ) as island_number,
        from (
            select
                lasting.*,
                max(until) over (
                    {{ partition }} order by began_on, until
                    rows between unbounded preceding and 1 preceding
                ) as until_before,
            from (
                select
                    rows_of.*,
                    coalesce(ended_on, {{ never }}) as until,
                from {{ cte }} as rows_of
            ) as lasting
        ) as followed
    ) as islands
    group by {{ keys | join(', ') }}, island_number
{%- endmacro %}
