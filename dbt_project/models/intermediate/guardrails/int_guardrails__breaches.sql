-- Grain: one row per breach of a guardrail that calls for its playbook: all but those of metrics
-- that count what is called for.
{{ breaches_of(ref('int_guardrails__watched')) }}
