-- Grain: one row per metric, grain, period and slice, of metrics that count what the values of the
-- others call for.
{% set rows = ref('metrics_second_pass') -%}
with

frame as (

    {{ metric_frame(rows, is_second_pass=true) }}

),

states as (

    {{ metric_states('frame', rows) }}

),

second_values as (

    {{ judged_values('states') }}

)

select * from second_values
