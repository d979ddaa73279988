-- Grain: one row per breach of a guardrail that calls for its playbook.
{{ breaches_of(ref('int_guardrails__watched')) }}
