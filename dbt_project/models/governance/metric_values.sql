-- Grain: one row per metric, grain, period and slice.
{% set second_rows = ref('metrics_second_pass') -%}
with

second_frame as (

    {{ metric_frame(second_rows, is_second_pass=true) }}

),

second_states as (

    {{ metric_states('second_frame', second_rows) }}

),

second_values as (

    {{ judged_values('second_states') }}

),

metric_values as (

    select * from {{ ref('int_metrics__first_values') }}
    union all
    select * from second_values

)

select * from metric_values
