{#- Who is whom across systems. -#}

{#-
Domains that belong to one customer, from a CTE of `domain, customer_id`. A domain of two (a
group's, a mail provider's) tells neither.
-#}
{% macro domains_of_one_customer(domains) -%}
    select
        domains.domain,
        min(domains.customer_id) as customer_id,
    from {{ domains }} as domains
    where domains.domain != ''
    group by domains.domain
    having count(distinct domains.customer_id) = 1
{%- endmacro %}
