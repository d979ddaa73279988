{#-
The class of a change of MRR. Zero is looked at before sizes are: compared by size first,
a churn would be a contraction and a reactivation an expansion.
`change` decides between expansion and contraction where both sides pay; it is the local
change, so that a moved rate alone is neither. null: nothing moved.
-#}
{% macro movement_type(has_paid_before, before, after, change) -%}
    case
        when {{ before }} = 0 and {{ after }} > 0
            then case when {{ has_paid_before }} then 'reactivation' else 'new' end
        when {{ before }} > 0 and {{ after }} = 0 then 'churn'
        when {{ before }} > 0 and {{ change }} > 0 then 'expansion'
        when {{ before }} > 0 and {{ change }} < 0 then 'contraction'
    end
{%- endmacro %}
