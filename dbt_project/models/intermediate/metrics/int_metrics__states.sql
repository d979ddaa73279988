-- Grain: one row per metric, grain, period and slice: its value, or why it has none.
{{ metric_states(ref('int_metrics__frame'), ref('int_metrics__rows')) }}
