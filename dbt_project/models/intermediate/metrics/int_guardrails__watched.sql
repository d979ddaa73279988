-- Grain: one row per metric, grain, slice and complete period for which a guardrail is stated,
-- with the breach that it belongs to.
{{ watched_periods(ref('int_metrics__first_values')) }}
