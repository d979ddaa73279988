-- Grain: one row per metric, column on its way, and column that it comes from.
with

metric_lineage as (

    select
        steps.metric_id,
        steps.depth,
        steps.table_schema,
        steps.table_name,
        steps.column_name,
        steps.from_schema,
        steps.from_table,
        steps.from_column,
        steps.kind,
        steps.is_hashed,
        steps.from_schema like 'raw@_%' escape '@' as is_source,
    from {{ ref('int_lineage__steps') }} as steps

)

select * from metric_lineage
