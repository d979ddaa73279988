-- A view: its two readers take less to make it than to read what was written.
{{ config(materialized='view') }}
-- Grain: one row per metric, grain, period and slice that has or ought to have a value.
{{ metric_frame(ref('int_metrics__rows'), is_second_pass=false) }}
