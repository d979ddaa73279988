{#- A published column of codes holds those of its lists, `other`, or nothing. -#}
{% test holds_codes(model, column_name, kinds) %}

{%- set known = ['other'] -%}
{%- for kind in kinds -%}
    {%- do known.extend(codes_of(kind)) -%}
{%- endfor %}

select {{ column_name }}
from {{ model }}
where {{ column_name }} not in ('{{ known | join("', '") }}')

{% endtest %}
