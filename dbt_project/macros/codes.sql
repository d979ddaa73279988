{#-
What people choose from a list is published as its code, never as they typed it: a cell may hold
a sentence and a name. What is not on the list is `other`; its words go to the second file
(`persons.texts`), where they may be read by whom the company permits.
-#}
{% macro codes_of(kind) -%}
    {{ return({
        'outcome': ['worked', 'partly', 'no_effect', 'worse'],
        'lesson': ['keep', 'drop', 'change_playbook', 'change_target', 'look_earlier'],
        'cancellation_reason': [
            'customer_service', 'low_quality', 'missing_features', 'other', 'switched_service',
            'too_complex', 'too_expensive', 'unused',
        ],
        'conclusion': ['no_change', 'intervene', 'experiment', 'change_target', 'change_metric'],
        'decision': ['scale', 'pivot', 'stop', 'keep', 'drop', 'change_target'],
        'goal_unit': [
            'accounts', 'count', 'currency', 'customers', 'days', 'documents', 'errors', 'hours',
            'invoices', 'minutes', 'months', 'orders', 'percent', 'points', 'projects', 'reports',
            'seats', 'tickets', 'units', 'users',
        ],
        'owner_role': owner_roles() + ['unknown'],
    }[kind]) }}
{%- endmacro %}

{#- The code that somebody typed, in whatever case and spacing; null stays null. -#}
{% macro code_of(column, kind) -%}
    case
        when {{ is_code(column, kind) }} then {{ spelled(column) }}
        when trim({{ column }}) != '' then 'other'
    end
{%- endmacro %}

{#- What somebody typed instead of a code. -#}
{% macro text_beside(column, kind) -%}
    case
        when trim({{ column }}) != '' and not ({{ is_code(column, kind) }}) then {{ column }}
    end
{%- endmacro %}

{% macro is_code(column, kind) -%}
    {{ spelled(column) }} in ('{{ codes_of(kind) | join("', '") }}')
{%- endmacro %}

{% macro spelled(column) -%}
    regexp_replace(lower(trim({{ column }})), '[ -]+', '_', 'g')
{%- endmacro %}

{#- The roles of the company's `owners.csv`; who starts dbt by hand gets the shipped ones. -#}
{% macro owner_roles() -%}
    {%- set shipped = [
            'account_manager', 'billing_manager', 'chief_customer_officer',
            'chief_executive_officer', 'chief_financial_officer',
            'chief_marketing_officer', 'chief_operating_officer',
            'chief_people_officer', 'chief_product_officer',
            'chief_revenue_officer', 'chief_technology_officer',
            'customer_marketing_manager', 'customer_success_manager',
            'data_platform_lead', 'head_of_customer_success', 'head_of_engineering',
            'head_of_finance', 'head_of_marketing', 'head_of_onboarding',
            'head_of_operations', 'head_of_people', 'head_of_platform',
            'head_of_product', 'head_of_sales', 'head_of_services',
            'head_of_support', 'product_manager', 'solutions_engineer',
            'vendor_manager'
    ] -%}
    {{ return(env_var('DRIVEWHEEL_OWNER_ROLES', shipped | join(',')).split(',')) }}
{%- endmacro %}
