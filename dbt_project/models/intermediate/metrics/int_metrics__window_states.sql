-- Grain: one row per metric that is judged over a window, grain, last period and slice.
with

-- A window has no value before sources cover the whole of it.
window_frame as (

    select frame.*
    from {{ ref('int_metrics__frame') }} as frame
    inner join {{ ref('dim_metrics') }} as metrics
        on frame.metric_id = metrics.metric_id
    where metrics.judged_over != 'period' and frame.grain in ('month', 'quarter')

),

window_states as (

    {{ metric_states('window_frame', ref('metrics_windows'), covered_since=window_start()) }}

)

select * from window_states
