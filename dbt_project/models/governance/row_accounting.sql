-- Grain: one row per staging model, object that it reads, fate of its rows and reason.
with

row_accounting as (

    select
        fates.system,
        fates.object_name,
        fates.model_name,
        fates.fate,
        fates.reason,
        cast(fates.row_count as bigint) as row_count,
    from {{ ref('int_lineage__staged_rows') }} as fates

)

select * from row_accounting
