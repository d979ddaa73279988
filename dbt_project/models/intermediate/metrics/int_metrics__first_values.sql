-- Grain: one row per metric, grain, period and slice, but for metrics that count what these
-- values call for.
{{
    judged_values(
        ref('int_metrics__states'),
        windows=ref('int_metrics__window_states'),
        intervals=ref('int_metrics__intervals'),
    )
}}
