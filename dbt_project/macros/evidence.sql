{#- The drivers whose lead is asked for, and how they are held against what follows. -#}

{#-
Drivers by the relation of `int_evidence__drivers` that knows them. `stage` says when they are read
(onboarding: once, on the day when it should be over; nurturing: at ends of months later on),
`alike_in` what customers are alike in, beside segment and age, who are compared: use, or size where
the driver is a measure or a share of use itself, so that equal use would take away what it says.
A driver that is no metric brings its label; one that is or is not, its words.
-#}
{% macro drivers() -%}
    {% set use = {'stage': 'nurturing', 'alike_in': 'size'} -%}
    {% set care = {'stage': 'nurturing', 'alike_in': 'use'} -%}
    {% set first_use = {'stage': 'onboarding', 'alike_in': 'size'} -%}
    {% set start = {'stage': 'onboarding', 'alike_in': 'use'} -%}
    {{ return({
        'begun': {
            'activation_rate': dict(first_use, flag='activated in time'),
            'time_to_provision_days': start,
            'initial_user_activation_rate': first_use,
            'initial_transactions_per_user': first_use,
        },
        'people': {'profile_completion_rate': first_use},
        'steps': {'onboarding_adherence': start, 'renewal_review_adherence': care},
        'milestones': {'milestone_on_time_rate': care},
        'used': {
            'seat_utilization': use,
            'usage_depth': use,
            'stickiness': use,
            'use_cases_in_use': use,
            'active_user_growth': use,
            'transaction_growth': use,
            'active_users_vs_baseline': use,
            'use_per_seat': dict(use, label='Use per seat'),
            'use_against_usual': dict(use, label='Use against its own usual'),
        },
        'asked': {
            'tickets_per_customer': care,
            'open_escalations': dict(care, flag='with an escalation open'),
            'resolution_business_hours': care,
            'csat': care,
        },
        'related': {'nps': care},
        'owed': {'payment_failing': dict(care, flag='with a payment failing')},
        'touched': {'success_contact': dict(care, flag='with a call or visit lately')},
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
