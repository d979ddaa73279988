-- Grain: one row per metric and slice, in the newest complete period of its grain.
with

signalled as (

    select
        series.metric_id,
        series.grain,
        series.dimension,
        series.dimension_value,
        series.period_start,
        metrics.label,
        values_of.value,
        metrics.unit,
        metrics.currency,
        values_of.state,
        judged.expected,
        -- What a metric can be bounds what is usual, too.
        {{ at_least('judged.lower', 'metrics.lower_bound') }} as lower_limit,
        {{ at_most('judged.upper', 'metrics.upper_bound') }} as upper_limit,
        case
            when values_of.value is null then 'no_value'
            else coalesce(judged.signal, 'too_few')
        end as signal,
        judged.direction as signal_direction,
        judged.deviation,
        cast(
            case
                when judged.periods_lasted > 0 and series.grain = 'week'
                    then {{ dbt.dateadd('day', '-7 * (judged.periods_lasted - 1)',
                        'series.period_start') }}
                when judged.periods_lasted > 0 and series.grain = 'month'
                    then {{ dbt.dateadd('month', '-(judged.periods_lasted - 1)',
                        'series.period_start') }}
                when judged.periods_lasted > 0
                    then {{ dbt.dateadd('month', '-3 * (judged.periods_lasted - 1)',
                        'series.period_start') }}
            end as date
        ) as onset,
        judged.periods_lasted,
        judged.period_count,
        judged.is_seasonal,
        judged.is_detrended,
    from {{ ref('int_signals__series') }} as series
    inner join {{ ref('dim_metrics') }} as metrics
        on series.metric_id = metrics.metric_id
    inner join {{ ref('metric_values') }} as values_of
        on
            series.metric_id = values_of.metric_id
            and series.grain = values_of.grain
            and series.dimension = values_of.dimension
            and series.dimension_value = values_of.dimension_value
            and series.period_start = values_of.period_start
    left join {{ ref('int_signals__judged') }} as judged
        on
            series.metric_id = judged.metric_id
            and series.dimension = judged.dimension
            and series.dimension_value = judged.dimension_value
    where series.periods_ago = 0

),

metric_signals as (

    select
        signalled.*,
        case
            -- Of many slices some are a signal by chance: those that stand out are told.
            when signalled.dimension != 'total' and abs(signalled.deviation) < 3 then null
            when signalled.signal = 'spike'
                then
                    signalled.signal_direction || ' its usual '
                    || {{ worded_value('signalled.lower_limit', 'signalled.unit') }} || ' to '
                    || {{ worded_value('signalled.upper_limit', 'signalled.unit') }}
            when signalled.signal = 'shift'
                then
                    'shifted ' || case signalled.signal_direction
                        when 'above' then 'up' else 'down'
                    end
                    || ' in ' || {{ worded_period('signalled.grain', 'signalled.onset') }}
                    || ', from a usual '
                    || {{ worded_move(
                        'signalled.expected', 'signalled.value', 'signalled.unit'
                    ) }}
            when signalled.signal = 'trend'
                then
                    case signalled.signal_direction when 'above' then 'rises' else 'falls' end
                    || ' otherwise than usual since '
                    || {{ worded_period('signalled.grain', 'signalled.onset') }}
                    || ', from a usual '
                    || {{ worded_move(
                        'signalled.expected', 'signalled.value', 'signalled.unit'
                    ) }}
        end as hint,
    from signalled

)

select * from metric_signals
