{#-
No row of a slice tells of fewer than so many, and what the total less the slices that are shown
tells is nobody, or so many as well.
-#}
{% test groups_are_large_enough(model, count_column, fewest) %}

with

periods as (

    select
        groups.grain,
        groups.period_start,
        min(groups.{{ count_column }}) as smallest_count,
        coalesce(sum(groups.{{ count_column }}) filter (where groups.dimension = 'total'), 0)
            as total_count,
        coalesce(sum(groups.{{ count_column }}) filter (where groups.dimension != 'total'), 0)
            as shown_count,
        count(*) filter (where groups.dimension != 'total') as slice_count,
    from {{ model }} as groups
    group by groups.grain, groups.period_start

)

select periods.*
from periods
where
    periods.smallest_count < {{ fewest }}
    or (
        periods.slice_count > 0
        and periods.total_count - periods.shown_count between 1 and {{ fewest }} - 1
    )

{% endtest %}
