{#-
Reading raw tables. Models read accepted loads only; a load is accepted when gate 1 has
passed for it, or by an operator.
-#}

{#-
Every accepted row of a raw table. `_file_order` is the place of its file among the accepted
files of its object, by their names: what ties are broken by, whenever a file arrived.
-#}
{% macro accepted_rows(relation) -%}
    (
        select
            loaded.*,
            files.file_order as _file_order,
        from {{ relation }} as loaded
        inner join {{ source('raw_meta', 'accepted_files') }} as files
            on loaded._load_id = files.load_id
    )
{%- endmacro %}

{#-
The newest accepted version per key; ties go to the file whose name sorts last, then the later
row.
With `has_deletions`, `_first_deleted_at` says when a deletion was first seen. With
`told_apart_by`, the last of the keys, `_known_<key>` is that key of any version that has it.
-#}
{% macro latest_rows(
    relation, keys, version_by=none, has_deletions=false, told_apart_by=none
) -%}
    {%- set partition = keys | join(', versions.') -%}
    (
        select
            versions.*,
            {% if has_deletions -%}
            min(case when {{ is_deleted('versions') }} then versions.{{ version_by }} end)
                over (partition by versions.{{ partition }}) as _first_deleted_at,
            {%- endif %}
            {% if told_apart_by -%}
            max(versions.{{ told_apart_by }}) over (
                partition by versions.{{ keys[:-1] | join(', versions.') }}
            ) as _known_{{ told_apart_by }},
            {%- endif %}
        from {{ accepted_rows(relation) }} as versions
        qualify row_number() over (
            partition by versions.{{ partition }}
            order by
                {% if version_by %}versions.{{ version_by }} desc nulls last, {% endif -%}
                versions._file_order desc, versions._file_row desc
        ) = 1
    )
{%- endmacro %}

{#- True where either of the vendor's deletion flags is set. -#}
{% macro is_deleted(alias) -%}
    (coalesce({{ alias }}.is_deleted, false) or coalesce({{ alias }}._fivetran_deleted, false))
{%- endmacro %}

{#- When the record was first seen to be deleted; null while it lives. -#}
{% macro deleted_at(alias) -%}
    case when {{ is_deleted(alias) }} then {{ alias }}._first_deleted_at end
{%- endmacro %}
