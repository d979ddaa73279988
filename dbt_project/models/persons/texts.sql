-- Grain: one row per record and field in which somebody wrote.
{% for subject, model, key, fields in [
    (
        'action',
        'stg_governance__actions',
        'action_id',
        ['action', 'outcome', 'lesson', 'owner_role'],
    ),
    ('review', 'stg_governance__reviews', 'review_id', ['conclusion', 'owner_role']),
    ('decision', 'stg_governance__decisions', 'decision_id', ['title', 'outcome', 'owner_role']),
    (
        'experiment',
        'stg_governance__experiments',
        'experiment_id',
        ['name', 'hypothesis', 'owner_role'],
    ),
    ('success_goal', 'stg_app__success_goals', 'goal_id', ['name', 'unit']),
    (
        'cancellation',
        'int_billing__subscriptions',
        'subscription_id',
        ['cancellation_reason', 'cancellation_comment'],
    ),
    (
        'landing_decision',
        'stg_raw_meta__decisions',
        'decision_id',
        ['decided_by', 'reason'],
    ),
] -%}
{%- set is_last_subject = loop.last -%}
{%- for field in fields -%}
select
    '{{ subject }}' as subject,
    written.{{ key }} as subject_id,
    '{{ field }}' as field,
    written.{{ field }}_text as written,
from {{ ref(model) }} as written
where written.{{ field }}_text is not null
{% if not (is_last_subject and loop.last) -%}
union all
{% endif -%}
{% endfor -%}
{%- endfor %}
