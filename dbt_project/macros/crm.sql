{#- What more than one model asks of the CRM. -#}

{#- Tasks with the company that they are about, as `tasks` and `companies`: for a from clause. -#}
{% macro tasks_of_customers() -%}
    {{ ref('stg_hubspot__tasks') }} as tasks
    inner join {{ ref('stg_hubspot__task_companies') }} as links
        on tasks.task_id = links.task_id
    inner join {{ ref('int_customers__crm_companies') }} as companies
        on links.company_id = companies.company_id
{%- endmacro %}
