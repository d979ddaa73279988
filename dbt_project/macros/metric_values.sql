{#-
From rows of metrics to judged values, once for the metrics of the facts and once more for those
that count what the first have called for (interventions, and whatever descends from them).
-#}

{#- Metric, grain, period and slice that have or ought to have a value. -#}
{% macro metric_frame(rows, is_second_pass) -%}
with

totals as (

    select
        metrics.metric_id,
        periods.grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value,
    from {{ ref('dim_metrics') }} as metrics
    inner join {{ ref('int_calendar__periods') }} as periods
        on list_contains(metrics.grains, periods.grain)
    inner join {{ ref('metric_registry') }} as registry
        on
            metrics.metric_id = registry.metric_id
            and registry.is_second_pass = {{ is_second_pass }}

),

slices as (

    select
        rows.metric_id,
        rows.grain,
        rows.dimension,
        rows.dimension_value,
        min(rows.period_start) as first_period,
    from {{ rows }} as rows
    where rows.dimension != 'total'
    group by rows.metric_id, rows.grain, rows.dimension, rows.dimension_value

),

dense_slices as (

    select
        slices.metric_id,
        slices.grain,
        periods.period_start,
        slices.dimension,
        slices.dimension_value,
    from slices
    inner join {{ ref('dim_metrics') }} as metrics
        on
            slices.metric_id = metrics.metric_id
            and metrics.aggregation in ('balance', 'activity')
    inner join {{ ref('int_calendar__periods') }} as periods
        on slices.grain = periods.grain and slices.first_period <= periods.period_start

)

select * from totals
union
select * from dense_slices
union
select
    rows.metric_id,
    rows.grain,
    rows.period_start,
    rows.dimension,
    rows.dimension_value,
from {{ rows }} as rows
{%- endmacro %}

{#- First day of the window that ends with a period. -#}
{% macro window_start() -%}
    cast(
        case metrics.judged_over
            when '3m' then {{ dbt.dateadd('month', -3, 'periods.period_end + 1') }}
            when '12m' then {{ dbt.dateadd('month', -12, 'periods.period_end + 1') }}
        end as date
    )
{%- endmacro %}

{#-
The value of each of a frame, or why it has none. A period that sources cover in part has one;
`covered_since` names an earlier day from which on they have to.
-#}
{% macro metric_states(frame, rows, covered_since='periods.period_end') -%}
with

judged as (

    select
        frame.metric_id,
        frame.grain,
        frame.period_start,
        periods.period_end,
        frame.dimension,
        frame.dimension_value,
        rows.value,
        rows.numerator,
        rows.denominator,
        rows.sample_size,
        rows.metric_id is not null as has_row,
        rows.lower,
        rows.upper,
        metrics.numerator_state,
        metrics.denominator_state,
        metrics.aggregation,
        metrics.min_sample,
        registry.denominator as denominator_metric_id,
        coalesce(
            coverage.covered_from <= {{ covered_since }}
            and coverage.covered_through >= periods.period_start,
            false
        ) as is_covered,
        {{ dbt.dateadd('day', 'metrics.maturity_days', 'periods.period_end') }}
            as mature_on,
        metrics.maturity_days > 0 as is_cohort_rate,
        -- Null where a source that it requires is not connected.
        {{ at_most('coverage.covered_through', 'run.as_of') }} as data_through_on,
    from {{ frame }} as frame
    inner join {{ ref('int_calendar__periods') }} as periods
        on frame.grain = periods.grain and frame.period_start = periods.period_start
    inner join {{ ref('dim_metrics') }} as metrics
        on frame.metric_id = metrics.metric_id
    left join {{ ref('metric_registry') }} as registry
        on frame.metric_id = registry.metric_id
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ rows }} as rows
        on
            frame.metric_id = rows.metric_id
            and frame.grain = rows.grain
            and frame.period_start = rows.period_start
            and frame.dimension = rows.dimension
            and frame.dimension_value = rows.dimension_value
    left join {{ ref('int_metrics__coverage') }} as coverage
        on frame.metric_id = coverage.metric_id

),

stated as (

    select
        judged.*,
        case
            when not judged.is_covered then 'no_data'
            when judged.is_cohort_rate and judged.mature_on > judged.data_through_on
                then 'immature'
            when judged.numerator_state is not null and judged.numerator <= 0
                then judged.numerator_state
            when judged.denominator_state is not null and judged.denominator <= 0
                then judged.denominator_state
            -- A lower part that is not known is not zero, and its state is no answer.
            when judged.denominator_state is not null and judged.denominator is null
                then 'no_data'
            -- Something was counted, of which the sources do not tell the other part.
            when
                judged.value is null
                and judged.numerator is null
                and judged.denominator > 0
                then 'no_data'
            when judged.min_sample > 0 and coalesce(judged.sample_size, 0) < judged.min_sample
                then 'too_few'
            when
                judged.aggregation = 'distribution'
                and judged.value is null
                and judged.sample_size > 0
                then 'not_reached'
            when judged.value is not null then 'ok'
            -- Within the window that sources cover, nothing counted is a zero.
            when judged.aggregation in ('balance', 'activity') then 'ok'
            else 'undefined'
        end as state,
    from judged

),

-- Where the lower part is a metric, it may have no value because of what it is divided by.
explained as (

    select
        stated.* replace (
            case
                when
                    stated.is_covered
                    and stated.denominator is null
                    and stated.denominator_state = lower_parts.state
                    then lower_parts.state
                else stated.state
            end as state
        ),
    from stated
    left join stated as lower_parts
        on
            stated.denominator_metric_id = lower_parts.metric_id
            and stated.grain = lower_parts.grain
            and stated.period_start = lower_parts.period_start
            and stated.dimension = lower_parts.dimension
            and stated.dimension_value = lower_parts.dimension_value

)

select
    explained.metric_id,
    explained.grain,
    explained.period_start,
    explained.period_end,
    explained.dimension,
    explained.dimension_value,
    case when explained.state = 'ok' then coalesce(explained.value, 0) end as value,
    case when explained.state != 'no_data' then explained.numerator end as numerator,
    case when explained.state != 'no_data' then explained.denominator end as denominator,
    -- What a rate rests on; a count and a balance are no samples of anything. A fact that keeps
    -- its count to itself, because it is of too few, has not counted nobody.
    case
        when explained.state = 'too_few' and explained.has_row then explained.sample_size
        when explained.state != 'no_data' and explained.aggregation not in ('balance', 'activity')
            then coalesce(explained.sample_size, 0)
    end as sample_size,
    case when explained.state = 'ok' then explained.lower end as lower,
    case when explained.state = 'ok' then explained.upper end as upper,
    explained.state,
    coalesce(explained.is_covered and explained.mature_on <= explained.data_through_on, false)
        as is_complete,
    explained.data_through_on,
from explained
{%- endmacro %}

{#-
Stated values with target, status and score. What is held against the target is the value of the
period, or that of the window which ends with it.
-#}
{% macro judged_values(states, windows=none, intervals=none) -%}
with

-- A plan by month is a target of its own for every month, and for a quarter that it covers:
-- the sum of an activity, the last of a balance.
planned as (

    select
        plans.metric_id,
        grains.grain,
        cast(
            case
                when grains.grain = 'month' then plans.month_start
                else {{ dbt.date_trunc('quarter', 'plans.month_start') }}
            end as date
        ) as period_start,
        case
            when max(metrics.aggregation) = 'balance'
                then max_by(plans.planned, plans.month_start)
            else {{ exact_sum('plans.planned') }}
        end as target,
    from {{ ref('int_plans__months') }} as plans
    inner join {{ ref('dim_metrics') }} as metrics
        on plans.metric_id = metrics.metric_id
    cross join (values ('month', 1), ('quarter', 3)) as grains (grain, month_count)
    group by all
    having count(*) = max(grains.month_count)

),

-- A target is judged as it stood in its period, at the grain it is stated for, or at one for which
-- the metric says that it holds too; the slice's own comes before that of the total, and the
-- grain's own before that of the month. A slice of a quotient or of a distribution is held against
-- what is stated for the total. Not where slices are parts of an upper amount over one lower amount
-- that is everybody's.
held_against as (

    select
        states.metric_id,
        states.grain,
        states.period_start,
        states.dimension,
        states.dimension_value,
        targets.target,
        targets.target_high,
        targets.guardrail,
        targets.guardrail_high,
        targets.critical,
        states.dimension != targets.dimension as is_inherited,
    from {{ states }} as states
    inner join {{ ref('dim_metrics') }} as metrics
        on states.metric_id = metrics.metric_id
    left join {{ states }} as totals
        on
            states.metric_id = totals.metric_id
            and states.grain = totals.grain
            and states.period_start = totals.period_start
            and totals.dimension = 'total'
    inner join {{ ref('metric_targets') }} as targets
        on
            states.metric_id = targets.metric_id
            and (
                states.grain = targets.grain
                or targets.grain = 'month'
                and list_contains(metrics.target_holds_by, states.grain)
            )
            and states.period_end >= targets.valid_from
            and (
                states.dimension = targets.dimension
                and states.dimension_value = targets.dimension_value
                or targets.dimension = 'total'
                and metrics.aggregation in ('ratio', 'distribution', 'cohort')
                and not coalesce(
                    states.denominator = totals.denominator
                    and states.numerator is distinct from totals.numerator,
                    false
                )
            )
    qualify row_number() over (
        partition by
            states.metric_id,
            states.grain,
            states.period_start,
            states.dimension,
            states.dimension_value
        order by
            states.dimension = targets.dimension desc,
            states.grain = targets.grain desc,
            targets.valid_from desc
    ) = 1

),

targeted as (

    select
        states.*,
        metrics.label,
        metrics.unit,
        metrics.currency,
        metrics.direction,
        coalesce(planned.target, targets.target) as target,
        targets.target_high,
        targets.guardrail,
        targets.guardrail_high,
        targets.critical,
        coalesce(targets.is_inherited, false) as target_is_inherited,
        metrics.min_cases,
        metrics.is_proportion,
        metrics.is_counted_in_full,
        {% if windows -%}
        case
            when windows.metric_id is not null then metrics.judged_over else 'period'
        end as judged_over,
        {% for name in judged_columns() -%}
        case
            when windows.metric_id is not null then windows.{{ name }} else states.{{ name }}
        end as judged_{{ name }},
        {% endfor -%}
        intervals.lower as resampled_lower,
        intervals.upper as resampled_upper,
        {% else -%}
        cast(null as double) as resampled_lower,
        cast(null as double) as resampled_upper,
        'period' as judged_over,
        {% for name in judged_columns() -%}
        states.{{ name }} as judged_{{ name }},
        {% endfor -%}
        {% endif %}
    from {{ states }} as states
    inner join {{ ref('dim_metrics') }} as metrics
        on states.metric_id = metrics.metric_id
    left join held_against as targets
        on
            states.metric_id = targets.metric_id
            and states.grain = targets.grain
            and states.period_start = targets.period_start
            and states.dimension = targets.dimension
            and states.dimension_value = targets.dimension_value
    {% if windows -%}
    left join {{ windows }} as windows
        on
            states.metric_id = windows.metric_id
            and states.grain = windows.grain
            and states.period_start = windows.period_start
            and states.dimension = windows.dimension
            and states.dimension_value = windows.dimension_value
    left join {{ intervals }} as intervals
        on
            states.metric_id = intervals.metric_id
            and states.grain = intervals.grain
            and states.period_start = intervals.period_start
            and states.dimension = 'total'
    {% endif -%}
    left join planned
        on
            states.metric_id = planned.metric_id
            and states.grain = planned.grain
            and states.period_start = planned.period_start
            and states.dimension = 'total'

),

-- A share of cases has Wilson's interval, a rate of customers' money that of resampling them,
-- where no metric of its own says another.
bounded as (

    select
        targeted.* replace (
            {% for of, resampled in [
                ('', "case when targeted.judged_over = 'period' then targeted.resampled_{} end"),
                ('judged_', 'targeted.resampled_{}'),
            ] -%}
            {% set numerator = 'targeted.' ~ of ~ 'numerator' -%}
            {% set denominator = 'targeted.' ~ of ~ 'denominator' -%}
            {% for end, sign in [('lower', '-'), ('upper', '+')] -%}
            case
                when targeted.{{ of }}state = 'ok'
                    then coalesce(
                        targeted.{{ of }}{{ end }},
                        case
                            when targeted.is_proportion
                                then {{ wilson(numerator, denominator, sign) }}
                        end,
                        {{ resampled.format(end) }}
                    )
            end as {{ of }}{{ end }},
            {% endfor -%}
            {% endfor -%}
        ),
        -- What happened to money, and what was to be done and was not, is no estimate.
        targeted.is_counted_in_full
        or not (targeted.is_proportion or targeted.judged_lower is not null) as is_certain,
    from targeted

),

metric_values as (

    select
        bounded.metric_id,
        bounded.grain,
        bounded.period_start,
        bounded.period_end,
        bounded.dimension,
        bounded.dimension_value,
        bounded.label,
        bounded.value,
        bounded.unit,
        bounded.currency,
        bounded.numerator,
        bounded.denominator,
        bounded.sample_size,
        bounded.lower,
        bounded.upper,
        bounded.state,
        bounded.judged_over,
        {% for name in judged_columns() -%}
        bounded.judged_{{ name }},
        {% endfor -%}
        bounded.target,
        bounded.target_high,
        bounded.guardrail,
        bounded.guardrail_high,
        bounded.critical,
        bounded.target_is_inherited,
        {{ target_status() }} as status,
        cast({{ target_score() }} as double) as score,
        bounded.is_complete,
        bounded.data_through_on,
    from bounded

)

select * from metric_values
{%- endmacro %}

{#- What a value that is judged consists of. -#}
{% macro judged_columns() -%}
    {{ return(['value', 'numerator', 'denominator', 'sample_size', 'lower', 'upper', 'state']) }}
{%- endmacro %}

{#-
An end of the 95 % interval of a share of cases, `-` or `+` (Wilson 1927): with p = n ÷ d and
z = 1.96, (p + z² ÷ 2d ± z √(p (1 − p) ÷ d + z² ÷ 4d²)) ÷ (1 + z² ÷ d). Null where nothing was
counted, or where it is no share.
-#}
{% macro wilson(numerator, denominator, end) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set share = numerator ~ ' / ' ~ denominator -%}
    case
        when {{ denominator }} > 0 and {{ numerator }} between 0 and {{ denominator }}
            then
                (
                    {{ share }} + {{ z * z / 2 }} / {{ denominator }}
                    {{ end }} {{ z }} * sqrt(
                        {{ share }} * (1 - {{ share }}) / {{ denominator }}
                        + {{ z * z / 4 }} / ({{ denominator }} * {{ denominator }})
                    )
                ) / (1 + {{ z * z }} / {{ denominator }})
    end
{%- endmacro %}
