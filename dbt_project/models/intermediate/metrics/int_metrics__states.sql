-- Grain: one row per metric, grain, period and slice.
{{ metric_states(ref('int_metrics__frame'), ref('int_metrics__rows')) }}
