-- Grain: one row per key by which marts know something, and row of a file that speaks of it;
-- of events, one per key, file and (of services) day, with how many they are.
-- Which keys those are stands beside each object, as `meta.trace` (decisions, L8).
with

{# First of all the columns and their types. #}spoken_of as (

    select
        cast(null as varchar) as key_name,
        cast(null as varchar) as key_value,
        cast(null as date) as happened_on,
        cast(null as varchar) as _file,
        cast(null as bigint) as _file_row,
        cast(null as bigint) as _load_id,
        cast(null as bigint) as row_count,
    where false

    {% for traced in declared('traced') -%}
    {% set value = keyed_hash(traced.value) if traced.is_hashed else traced.value -%}
    union all

    select
        '{{ traced.key }}' as key_name,
        cast({{ value }} as varchar) as key_value,
        {% if traced.count -%}
        min(spoken.happened_on) as happened_on,
        spoken._file,
        cast(null as bigint) as _file_row,
        spoken._load_id,
        cast(sum(spoken.row_count) as bigint) as row_count,
        {%- else -%}
        cast({{ traced.day or 'null' }} as date) as happened_on,
        spoken._file,
        spoken._file_row,
        spoken._load_id,
        1 as row_count,
        {%- endif %}
    from {{ events_counted(traced) if traced.count else ref(traced.model) }} as spoken
    {% for joined in traced.joins -%}
    inner join {{ ref(joined.model) }} as {{ joined.model }}
        on {{ joined.on }}
    {% endfor -%}
    {% if traced.count -%}
    group by
        cast({{ value }} as varchar), spoken._file, spoken._load_id
        {{- ', spoken.happened_on' if traced.count == 'day' }}
    {% endif %}
    {% endfor %}

),

of_parents as (

    select
        'parent_customer_id' as key_name,
        coalesce(customers.parent_customer_id, customers.customer_id) as key_value,
        spoken_of.happened_on,
        spoken_of._file,
        spoken_of._file_row,
        spoken_of._load_id,
        spoken_of.row_count,
    from spoken_of
    inner join {{ ref('dim_customers') }} as customers
        on spoken_of.key_value = customers.customer_id
    where
        spoken_of.key_name = 'customer_id'
        and split_part(spoken_of._file, '/', 1)
        in ('{{ declared('billing_sources') | join("', '") }}')

),

of_all as (

    select * from spoken_of
    union all
    select * from of_parents

),

source_rows as (

    select distinct
        of_all.key_name,
        of_all.key_value,
        'raw_' || split_part(of_all._file, '/', 1) || '.' || split_part(of_all._file, '/', 2)
            as source_table,
        of_all._file as file,
        of_all._file_row as file_row,
        of_all.row_count,
        of_all.happened_on,
        files.load_id,
        files.loaded_at,
    from of_all
    left join {{ ref('stg_raw_meta__files') }} as files
        on of_all._load_id = files.load_id
    where of_all.key_value is not null

)

select * from source_rows
