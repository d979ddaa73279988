-- A view: both parts are tables, and a copy of them all for the few that count what the others
-- call for would be written, hashed and read again.
{{ config(materialized='view') }}
-- Grain: one row per metric, grain, period and slice.
with

metric_values as (

    select * from {{ ref('int_metrics__first_values') }}
    union all
    select * from {{ ref('int_metrics__second_values') }}

)

select * from metric_values
