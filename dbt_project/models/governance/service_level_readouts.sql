-- Grain: one row per service, objective and month.
with

-- Each objective, what measures it, and whether more of it is better.
objectives as (

    select
        levels.service,
        levels.valid_from,
        stated.objective,
        stated.metric_id,
        stated.objective = 'availability' as is_at_least,
        case stated.objective
            when 'availability' then levels.availability_slo
            when 'latency_p50' then levels.latency_p50_slo_ms
            when 'latency_p95' then levels.latency_slo_ms
            when 'latency_p99' then levels.latency_p99_slo_ms
            when 'error_rate' then levels.error_rate_slo
        end as target,
    from {{ ref('service_levels') }} as levels
    cross join (
        values
        ('availability', 'availability'),
        ('latency_p50', 'api_latency_p50_ms'),
        ('latency_p95', 'api_latency_p95_ms'),
        ('latency_p99', 'api_latency_p99_ms'),
        ('error_rate', 'api_error_rate')
    ) as stated (objective, metric_id)

),

-- A month is held against what was promised on its last day.
in_force as (

    select
        objectives.*,
        values_of.period_start as month_start,
        values_of.period_end,
        values_of.value,
        values_of.state,
    from objectives
    inner join {{ ref('metric_values') }} as values_of
        on
            objectives.metric_id = values_of.metric_id
            and objectives.service = values_of.dimension_value
            and objectives.valid_from <= values_of.period_end
    where
        values_of.grain = 'month'
        and values_of.dimension = 'service'
        and values_of.is_complete
    qualify row_number() over (
        partition by objectives.service, objectives.objective, values_of.period_start
        order by objectives.valid_from desc
    ) = 1

),

service_level_readouts as (

    select
        in_force.service,
        in_force.objective,
        in_force.month_start,
        in_force.metric_id,
        in_force.value,
        in_force.state,
        in_force.target,
        case
            when in_force.is_at_least then in_force.value >= in_force.target
            else in_force.value <= in_force.target
        end as is_met,
        -- What may fail is a budget: of a share that is to be met, all but that share.
        case
            when in_force.objective = 'availability'
                then 1 - (1 - in_force.value) / nullif(1 - in_force.target, 0)
            when in_force.objective = 'error_rate'
                then 1 - in_force.value / nullif(in_force.target, 0)
        end as budget_left,
    from in_force
    where in_force.target is not null

)

select * from service_level_readouts
