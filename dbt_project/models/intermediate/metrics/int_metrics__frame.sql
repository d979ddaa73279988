-- Grain: one row per metric, grain, period and slice that has or ought to have a value.
-- The total stands for every period; a slice from its first row on, where an absent row
-- means zero (balances and activities), else only where it has rows.
{{ metric_frame(ref('int_metrics__rows'), is_second_pass=false) }}
