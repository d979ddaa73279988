{#- The drivers whose lead is asked for, and how they are held against what follows. -#}

{#-
Drivers by the relation of `int_evidence__drivers` that knows them. `stage` says when they are read
(onboarding: once, on the day when it should be over; nurturing: at ends of months later on),
`alike_in` what customers are alike in, beside segment and age, who are compared: use, or size where
the driver is a measure or a share of use itself, so that equal use would take away what it says.
A driver that is a metric of all customers bears its name; `label` and `unit` are of one customer's
value, `flag` the words of what a customer has or has not.
-#}
{% macro drivers() -%}
    {% set use = {'stage': 'nurturing', 'alike_in': 'size'} -%}
    {% set care = {'stage': 'nurturing', 'alike_in': 'use'} -%}
    {% set first_use = {'stage': 'onboarding', 'alike_in': 'size'} -%}
    {% set start = {'stage': 'onboarding', 'alike_in': 'use'} -%}
    {{ return({
        'begun': {
            'activation_rate': dict(
                first_use, label='activation', unit='rate', flag='activated in time'
            ),
            'time_to_provision_days': dict(start, label='time to provision', unit='days'),
            'initial_user_activation_rate': dict(
                first_use, label='the share of first users that is active', unit='rate'
            ),
            'initial_transactions_per_user': dict(
                first_use, label='transactions of a first user', unit='ratio'
            ),
        },
        'people': {
            'profile_completion_rate': dict(
                first_use, label='the share of profiles that is complete', unit='rate'
            ),
        },
        'steps': {
            'onboarding_adherence': dict(
                start, label='the share of onboarding steps on time', unit='rate'
            ),
            'renewal_review_adherence': dict(
                care, label='the share of renewal reviews on time', unit='rate'
            ),
        },
        'milestones': {
            'milestone_on_time_rate': dict(
                care, label='the share of milestones on time', unit='rate'
            ),
        },
        'used': {
            'seat_utilization': dict(use, label='the share of seats in use', unit='rate'),
            'usage_depth': dict(use, label='use per active user', unit='ratio'),
            'stickiness': dict(use, label='stickiness', unit='rate'),
            'use_cases_in_use': dict(use, label='the number of use cases in use', unit='count'),
            'active_user_growth': dict(
                use, label='the number of active users against the month before', unit='rate'
            ),
            'transaction_growth': dict(
                use, label='the number of transactions against the month before', unit='rate'
            ),
            'active_users_vs_baseline': dict(
                use, label='the number of active users against go-live', unit='rate'
            ),
            'use_per_seat': dict(use, label='use per seat', unit='ratio'),
            'use_against_usual': dict(use, label='use per seat against its own usual', unit='rate'),
        },
        'asked': {
            'tickets_per_customer': dict(care, label='the number of tickets', unit='count'),
            'open_escalations': dict(
                care, label='open escalations', unit='count', flag='with an escalation open'
            ),
            'resolution_business_hours': dict(care, label='time to resolution', unit='hours'),
            'csat': dict(care, label='CSAT', unit='rate'),
        },
        'related': {'nps': dict(care, label='NPS', unit='points')},
        'owed': {
            'payment_failing': dict(
                care, label='failing payments', unit='count', flag='with a payment failing'
            ),
        },
        'touched': {
            'success_contact': dict(
                care, label='calls or visits', unit='count', flag='with a call or visit lately'
            ),
        },
    }) }}
{%- endmacro %}

{#- What a row of evidence says, for a reader. -#}
{% macro worded_evidence(row) -%}
    {%- set came -%}
    case {{ row }}.outcome
        when 'churn' then 'left'
        when 'downgrade' then 'paid less'
        when 'expansion' then 'paid more'
        when 'renewal' then 'renewed'
    end || ' within ' || {{ row }}.horizon_days || ' days'
    {%- endset -%}
    case
        when {{ row }}.flag is not null
            then 'Of customers ' || {{ row }}.flag
        else 'Where ' || {{ row }}.label || ' was '
            || {{ worded_value(row ~ '.high_from', row ~ '.unit') }} || ' or more'
    end
    || ', ' || {{ worded_value(row ~ '.high_rate', "'rate'") }} || ' ' || {{ came }} || '; '
    || case
        when {{ row }}.flag is not null then 'of the others '
        else 'where it was ' || {{ worded_value(row ~ '.low_to', row ~ '.unit') }} || ' or less '
    end
    || {{ worded_value(row ~ '.low_rate', "'rate'") }} || '.'
{%- endmacro %}

{#- `drivers()` by name alone. -#}
{% macro drivers_by_name() -%}
    {% set named = {} -%}
    {% for names in drivers().values() %}{% do named.update(names) %}{% endfor -%}
    {{ return(named) }}
{%- endmacro %}

{#- Warning signs by which an outlook is told beside drivers, and their words as a reason. -#}
{% macro sign_words() -%}
    {{ return({
        'notice_given': 'has given notice',
        'no_first_value': 'has had no first value',
        'support_spike': 'writes many more tickets than it used to',
        'use_falling': 'uses it much less than it used to',
    }) }}
{%- endmacro %}

{#- `drivers()` as rows: driver, stage, alike_in, label, unit and flag. -#}
{% macro described_drivers() -%}
    {% for driver, said in drivers_by_name().items() -%}
    select
        '{{ driver }}' as driver,
        '{{ said.stage }}' as stage,
        '{{ said.alike_in }}' as alike_in,
        '{{ said.label }}' as label,
        '{{ said.unit }}' as unit,
        {{ "'" ~ said.flag ~ "'" if said.flag else 'null' }} as flag
    {%- if not loop.last %}

    union all

    {% endif -%}
    {% endfor -%}
{%- endmacro %}
