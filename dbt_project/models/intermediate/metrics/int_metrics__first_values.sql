-- Grain: one row per metric, grain, period and slice, but for metrics that count what these
-- values call for.
{{ judged_values(ref('int_metrics__states')) }}
