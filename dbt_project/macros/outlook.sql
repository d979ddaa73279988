{#- What the outlook told before anybody knew. -#}

{#-
Whether a row of `int_outlook__predictions` foretold a loss: by a model that had not seen the days
that it told of (`fold`), and where there was a model.
-#}
{% macro is_foretold_loss(predictions, days=none) -%}
    {{ predictions }}.outcome = 'churn'
    {%- if days %}
    and {{ predictions }}.horizon_days = {{ days }}
    {%- endif %}
    and {{ predictions }}.fold is not null
    and {{ predictions }}.is_modelled
{%- endmacro %}
