-- Grain: one row per rule, subject, slice, condition with its alternative, and month.
with

-- What is no metric, and whose question it is.
measures as (

    {% for name, said in question_measures().items() -%}
    select
        '{{ name }}' as measure_id,
        '{{ said.metric }}' as metric_id,
        '{{ said.label }}' as label,
        '{{ said.unit }}' as unit
    {%- if not loop.last %}

    union all

    {% endif -%}
    {% endfor %}

),

-- `top_line` and `its_pair` stand for every metric that is paired with a driver, `headline` for
-- every one of the core, and every score, that is best at a bound above.
bound as (

    select
        conditions.*,
        rules.slices,
        subjects.metric_id as subject_metric_id,
        case conditions.metric_id
            when 'top_line' then subjects.metric_id
            when 'headline' then subjects.metric_id
            when 'its_pair' then subjects.paired_metric_id
            else conditions.metric_id
        end as bound_metric_id,
        conditions.window_periods
        + case when conditions.comparison in ('spikes', 'drops', 'shrinks') then 1 else 0 end
            as looked_at,
    from {{ ref('diagnostic_conditions') }} as conditions
    inner join {{ ref('diagnostic_rules') }} as rules
        on conditions.rule_id = rules.rule_id
    inner join {{ ref('diagnostic_conditions') }} as firsts
        on conditions.rule_id = firsts.rule_id
    left join measures
        on firsts.metric_id = measures.measure_id
    inner join {{ ref('dim_metrics') }} as subjects
        on
            coalesce(measures.metric_id, firsts.metric_id) = subjects.metric_id
            or (firsts.metric_id = 'top_line' and subjects.paired_metric_id is not null)
            or (
                firsts.metric_id = 'headline'
                and (subjects.tier = 'core' or subjects.unit = 'points')
                and subjects.direction = 'up'
                and subjects.upper_bound is not null
            )
    qualify
        row_number() over (
            partition by
                conditions.rule_id,
                conditions.condition_number,
                conditions.metric_id,
                conditions.part,
                conditions.comparison,
                subjects.metric_id
            order by firsts.condition_number
        ) = 1
        and firsts.condition_number = 1

),

asked as (

    select distinct
        bound.bound_metric_id as metric_id,
        unnest(string_split(bound.slices, '|')) as dimension,
    from bound

),

months as (

    select
        periods.period_start,
        cast(row_number() over (order by periods.period_start) as integer) as month_number,
    from {{ ref('int_calendar__periods') }} as periods
    where periods.grain = 'month'

),

monthly as (

    select
        values_of.metric_id,
        values_of.dimension,
        values_of.dimension_value,
        months.month_number,
        values_of.is_complete or values_of.state = 'no_data' as is_known,
        case when values_of.is_complete then values_of.value end as value,
        case when values_of.is_complete then values_of.numerator end as numerator,
        case when values_of.is_complete then values_of.denominator end as denominator,
        cast({{ dbt.dateadd('day', 'metrics.maturity_days', 'values_of.period_end') }} as date)
            as known_on,
        metrics.direction,
        metrics.unit,
        metrics.label,
        metrics.upper_bound,
    from {{ ref('int_metrics__first_values') }} as values_of
    inner join asked
        on
            values_of.metric_id = asked.metric_id
            and values_of.dimension = asked.dimension
    inner join {{ ref('dim_metrics') }} as metrics
        on values_of.metric_id = metrics.metric_id
    inner join months
        on values_of.period_start = months.period_start
    where values_of.grain = 'month'

    union all

    select
        told.measure_id as metric_id,
        told.dimension,
        told.dimension_value,
        months.month_number,
        true as is_known,
        told.value,
        null as numerator,
        told.denominator,
        told.period_end_on as known_on,
        'down' as direction,
        measures.unit,
        measures.label,
        null as upper_bound,
    from {{ ref('int_diagnostics__measures') }} as told
    inner join asked
        on told.measure_id = asked.metric_id and told.dimension = asked.dimension
    inner join measures
        on told.measure_id = measures.measure_id
    inner join months
        on told.month_start = months.period_start

),

-- Each month that a condition looks at; age 0 is the newest of them.
looked_at as (

    select
        bound.*,
        monthly.dimension,
        monthly.dimension_value,
        monthly.direction,
        monthly.unit,
        monthly.label,
        monthly.upper_bound,
        months.period_start,
        months.month_number - bound.lag_periods - monthly.month_number as age,
        monthly.is_known,
        monthly.known_on,
        monthly.denominator,
        case bound.part
            when 'numerator' then monthly.numerator
            when 'denominator' then monthly.denominator
            else monthly.value
        end as value,
    from bound
    inner join monthly
        on
            bound.bound_metric_id = monthly.metric_id
            and list_contains(string_split(bound.slices, '|'), monthly.dimension)
    inner join months
        on
            months.month_number - bound.lag_periods - monthly.month_number
            between 0 and bound.looked_at - 1

),

stepped as (

    select
        looked_at.*,
        looked_at.value < lag(looked_at.value) over (
            partition by
                looked_at.rule_id,
                looked_at.subject_metric_id,
                looked_at.dimension,
                looked_at.dimension_value,
                looked_at.condition_number,
                looked_at.bound_metric_id,
                looked_at.part,
                looked_at.comparison,
                looked_at.period_start
            order by looked_at.age desc
        ) as is_smaller,
    from looked_at

),

summed as (

    select
        stepped.rule_id,
        stepped.subject_metric_id,
        stepped.dimension,
        stepped.dimension_value,
        stepped.condition_number,
        stepped.bound_metric_id as metric_id,
        stepped.part,
        stepped.comparison,
        stepped.window_periods,
        stepped.lag_periods,
        stepped.threshold,
        stepped.critical,
        stepped.direction,
        stepped.unit,
        stepped.label,
        stepped.period_start,
        max(stepped.known_on) as known_on,
        max(stepped.value) filter (where stepped.age = 0) as value,
        max(stepped.value) filter (where stepped.age = stepped.looked_at - 1) as first_value,
        avg({{ as_exact('stepped.value') }}) as mean,
        avg({{ as_exact('stepped.value') }}) filter (where stepped.age > 0) as mean_before,
        -regr_slope(stepped.value, stepped.age order by stepped.age)
        * (max(stepped.window_periods) - 1) as trend,
        count(*) filter (where stepped.is_smaller) as smaller_count,
        count(*) filter (where stepped.value >= stepped.upper_bound - 1e-9) as capped_count,
        count(stepped.value) as value_count,
        count(*) filter (where stepped.is_known) = max(stepped.looked_at) as is_known,
        count(stepped.value) = max(stepped.looked_at)
        and (
            max(stepped.min_denominator) is null
            or avg({{ as_exact('stepped.denominator') }}) >= max(stepped.min_denominator)
        ) as is_full,
    from stepped
    group by all

),

measured as (

    select
        summed.*,
        case
            when summed.comparison = 'has_no_value' and summed.is_known then summed.value_count
            when not summed.is_full then null
            when summed.comparison in ('rises', 'falls', 'not_rising', 'worsens')
                then summed.trend / nullif(abs(summed.mean), 0)
            when summed.comparison in ('spikes', 'drops')
                then (summed.value - summed.mean_before) / nullif(abs(summed.mean_before), 0)
            when summed.comparison = 'shrinks' then summed.smaller_count
            when summed.comparison = 'at_cap' then summed.capped_count
            when summed.comparison in ('above', 'below') then summed.mean
        end as measure,
        case
            when summed.comparison in ('spikes', 'drops') then summed.mean_before
            else summed.first_value
        end as compared_value,
    from summed

)

select
    measured.rule_id,
    measured.subject_metric_id,
    measured.dimension,
    measured.dimension_value,
    measured.condition_number,
    measured.metric_id,
    measured.part,
    measured.comparison,
    measured.window_periods,
    measured.lag_periods,
    measured.threshold,
    measured.label,
    measured.unit,
    measured.period_start,
    measured.known_on,
    measured.value,
    measured.compared_value,
    cast(measured.measure as double) as measure,
    case
        when measured.comparison in ('rises', 'spikes', 'above')
            then measured.measure >= measured.threshold
        when measured.comparison in ('falls', 'drops')
            then measured.measure <= -measured.threshold
        when measured.comparison = 'not_rising' then measured.measure < measured.threshold
        when measured.comparison = 'worsens' and measured.direction = 'down'
            then measured.measure >= measured.threshold
        when measured.comparison = 'worsens' and measured.direction = 'up'
            then measured.measure <= -measured.threshold
        when measured.comparison = 'below' then measured.measure <= measured.threshold
        when measured.comparison in ('shrinks', 'at_cap')
            then measured.measure >= measured.threshold
        when measured.comparison = 'has_no_value' then measured.measure = 0
    end as is_met,
    coalesce(
        case
            when measured.comparison = 'below' then measured.measure <= measured.critical
            else measured.measure >= measured.critical
        end,
        false
    ) as is_critical,
from measured
