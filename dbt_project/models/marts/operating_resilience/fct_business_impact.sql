{{ config(alias='business_impact') }}
-- Grain: one row per period (day, week, month, quarter) and service, all of them, or
-- incident, in which customers were touched. A cube: a customer counts once in each.
with

windows as (

    select distinct
        touched.grain,
        touched.period_start,
        touched.dimension,
        touched.dimension_value,
        touched.starts_on,
        touched.ends_on,
        touched.compared_from,
    from {{ ref('int_impact__touched') }} as touched

),

-- What they paid on the day before they were first touched.
arr as (

    select
        touched.grain,
        touched.period_start,
        touched.dimension,
        touched.dimension_value,
        12 * {{ exact_sum('balances.net_mrr * rates.opening_rate') }} as touched_arr,
    from {{ ref('int_impact__touched') }} as touched
    inner join {{ ref('int_mrr__balance_periods') }} as balances
        on
            touched.customer_id = balances.customer_id
            and touched.first_touched_on > balances.valid_from
            and touched.first_touched_on <= balances.valid_to
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            balances.currency = rates.currency
            and {{ month_start('touched.first_touched_on') }} = rates.month_start
    group by
        touched.grain, touched.period_start, touched.dimension, touched.dimension_value

),

trials as (

    select
        segments.customer_id,
        min(segments.valid_from) as starts_on,
        max(segments.valid_to) as ends_on,
        coalesce(
            min(customers.first_paid_on) <= {{ dbt.dateadd(
                'day', setting('conversion_window_days'), 'min(segments.valid_from)'
            ) }},
            false
        ) as has_converted,
    from {{ ref('int_subscriptions__segments') }} as segments
    inner join {{ ref('dim_customers') }} as customers
        on segments.customer_id = customers.customer_id
    where
        segments.status = 'trialing'
        and segments.valid_from < coalesce(customers.first_paid_on, cast('9999-12-31' as date))
    group by segments.customer_id

),

touched_days as (

    select
        touched.grain,
        touched.period_start,
        touched.dimension,
        touched.dimension_value,
        touched.customer_id,
        unnest(touched.touched_days) as touched_on,
    from {{ ref('int_impact__touched') }} as touched

),

-- Touched while trying, not before or after.
touched_trials as (

    select distinct
        touched_days.grain,
        touched_days.period_start,
        touched_days.dimension,
        touched_days.dimension_value,
        touched_days.customer_id,
    from touched_days
    inner join trials
        on
            touched_days.customer_id = trials.customer_id
            and touched_days.touched_on >= trials.starts_on
            and touched_days.touched_on < trials.ends_on

),

conversions as (

    select
        windows.grain,
        windows.period_start,
        windows.dimension,
        windows.dimension_value,
        count(*) as trial_count,
        count(*) filter (where trials.has_converted) as converted_count,
        count(touched_trials.customer_id) as touched_trial_count,
        count(touched_trials.customer_id) filter (where trials.has_converted)
            as touched_converted_count,
    from windows
    inner join trials
        on windows.ends_on >= trials.starts_on and windows.starts_on < trials.ends_on
    left join touched_trials
        on
            windows.grain = touched_trials.grain
            and windows.period_start = touched_trials.period_start
            and windows.dimension = touched_trials.dimension
            and windows.dimension_value = touched_trials.dimension_value
            and trials.customer_id = touched_trials.customer_id
    group by
        windows.grain, windows.period_start, windows.dimension, windows.dimension_value

),

-- Tickets from a window's first day to a week after its last; not known where the help desk's
-- data does not reach so far.
tickets as (

    select
        windows.grain,
        windows.period_start,
        windows.dimension,
        windows.dimension_value,
        tickets.customer_id,
        count(*) as ticket_count,
    from windows
    inner join {{ ref('int_support__tickets') }} as tickets
        on
            windows.starts_on <= cast(tickets.created_at as date)
            and {{ dbt.dateadd('day', 7, 'windows.ends_on') }}
            >= cast(tickets.created_at as date)
    where windows.grain = 'month' and tickets.excluded_as is null
    group by
        windows.grain,
        windows.period_start,
        windows.dimension,
        windows.dimension_value,
        tickets.customer_id

),

-- Only months and incidents are followed: the other windows say whom they touched.
followed as (

    select
        windows.grain,
        windows.period_start,
        windows.dimension,
        windows.dimension_value,
        touched.customer_id is not null as is_touched,
        count(*) as paying_count,
        {{ exact_sum('followed.mrr') }} as mrr,
        case
            when
                {{ dbt.dateadd('day', 7, 'max(windows.ends_on)') }}
                <= {{ at_most("max(supported.covered_through)", "max(run.as_of)") }}
                then sum(coalesce(tickets.ticket_count, 0))
        end as ticket_count,
        {%- for later in ['30d', '60d'] %}
        case
            when count(followed.mrr_{{ later }}) > 0
                then count(*) filter (where followed.mrr_{{ later }} = 0)
        end as churned_count_{{ later }},
        {{ exact_sum('followed.mrr_' ~ later ~ ' - followed.mrr') }} as mrr_change_{{ later }},
        {%- endfor %}
    from windows
    cross join {{ ref('int_calendar__run') }} as run
    left join {{ ref('stg_raw_meta__coverage') }} as supported
        on supported.source = 'zendesk'
    inner join {{ ref('int_impact__followed') }} as followed
        on windows.compared_from = followed.compared_from
    left join tickets
        on
            windows.grain = tickets.grain
            and windows.period_start = tickets.period_start
            and windows.dimension = tickets.dimension
            and windows.dimension_value = tickets.dimension_value
            and followed.customer_id = tickets.customer_id
    left join {{ ref('int_impact__touched') }} as touched
        on
            windows.grain = touched.grain
            and windows.period_start = touched.period_start
            and windows.dimension = touched.dimension
            and windows.dimension_value = touched.dimension_value
            and followed.customer_id = touched.customer_id
    where windows.grain = 'month'
    group by all

),

touched as (

    select
        touched.grain,
        touched.period_start,
        touched.dimension,
        touched.dimension_value,
        count(*) as touched_customer_count,
    from {{ ref('int_impact__touched') }} as touched
    group by
        touched.grain, touched.period_start, touched.dimension, touched.dimension_value

),

counted as (

    select
        windows.grain,
        windows.period_start,
        windows.dimension,
        windows.dimension_value,
        windows.compared_from,
        touched.touched_customer_count,
        coalesce(arr.touched_arr, 0) as touched_arr,
        coalesce(conversions.touched_trial_count, 0) as touched_trial_count,
        coalesce(conversions.touched_converted_count, 0) as touched_converted_count,
        coalesce(conversions.trial_count - conversions.touched_trial_count, 0)
            as untouched_trial_count,
        coalesce(conversions.converted_count - conversions.touched_converted_count, 0)
            as untouched_converted_count,
        {%- for side in ['touched', 'untouched'] %}
        {{ side }}_followed.paying_count as {{ side }}_paying_count,
        {{ side }}_followed.mrr as {{ side }}_mrr,
        {{ side }}_followed.ticket_count as {{ side }}_ticket_count,
        {%- for later in ['30d', '60d'] %}
        {{ side }}_followed.churned_count_{{ later }} as {{ side }}_churned_count_{{ later }},
        {{ side }}_followed.mrr_change_{{ later }} as {{ side }}_mrr_change_{{ later }},
        {%- endfor %}
        {%- endfor %}
    from windows
    inner join touched
        on
            windows.grain = touched.grain
            and windows.period_start = touched.period_start
            and windows.dimension = touched.dimension
            and windows.dimension_value = touched.dimension_value
    left join arr
        on
            windows.grain = arr.grain
            and windows.period_start = arr.period_start
            and windows.dimension = arr.dimension
            and windows.dimension_value = arr.dimension_value
    left join conversions
        on
            windows.grain = conversions.grain
            and windows.period_start = conversions.period_start
            and windows.dimension = conversions.dimension
            and windows.dimension_value = conversions.dimension_value
    {%- for side in ['touched', 'untouched'] %}
    left join followed as {{ side }}_followed
        on
            windows.grain = {{ side }}_followed.grain
            and windows.period_start = {{ side }}_followed.period_start
            and windows.dimension = {{ side }}_followed.dimension
            and windows.dimension_value = {{ side }}_followed.dimension_value
            and {{ 'not ' if side == 'untouched' }}{{ side }}_followed.is_touched
    {%- endfor %}

),

fct_business_impact as (

    select
        counted.grain,
        counted.period_start,
        counted.dimension,
        counted.dimension_value,
        counted.compared_from,
        cast(counted.touched_customer_count as integer) as touched_customer_count,
        cast(counted.touched_arr as decimal(38, 4)) as touched_arr,
        cast(counted.touched_trial_count as integer) as touched_trial_count,
        cast(counted.touched_converted_count as integer) as touched_converted_count,
        cast(counted.untouched_trial_count as integer) as untouched_trial_count,
        cast(counted.untouched_converted_count as integer) as untouched_converted_count,
        counted.touched_converted_count / nullif(counted.touched_trial_count, 0)
            as touched_conversion_rate,
        counted.untouched_converted_count / nullif(counted.untouched_trial_count, 0)
            as untouched_conversion_rate,
        counted.touched_converted_count / nullif(counted.touched_trial_count, 0)
        - counted.untouched_converted_count / nullif(counted.untouched_trial_count, 0)
            as conversion_rate_difference,
        -- Who was not touched tells how many would have come; without such, nothing is known.
        counted.touched_trial_count
        * counted.untouched_converted_count / nullif(counted.untouched_trial_count, 0)
            as expected_conversion_count,
        counted.touched_trial_count
        * counted.untouched_converted_count / nullif(counted.untouched_trial_count, 0)
        - counted.touched_converted_count as lost_conversion_count,
        cast(counted.touched_paying_count as integer) as touched_paying_count,
        cast(counted.untouched_paying_count as integer) as untouched_paying_count,
        cast(counted.touched_mrr as decimal(38, 2)) as touched_mrr,
        cast(counted.untouched_mrr as decimal(38, 2)) as untouched_mrr,
        cast(counted.touched_ticket_count as integer) as touched_ticket_count,
        cast(counted.untouched_ticket_count as integer) as untouched_ticket_count,
        cast(
            counted.touched_ticket_count / nullif(counted.touched_paying_count, 0)
            - counted.untouched_ticket_count / nullif(counted.untouched_paying_count, 0)
            as double
        ) as tickets_per_customer_difference,
    {%- for later in ['30d', '60d'] %}
    cast(counted.touched_churned_count_{{ later }} as integer)
        as touched_churned_count_{{ later }},
    cast(counted.untouched_churned_count_{{ later }} as integer)
        as untouched_churned_count_{{ later }},
    counted.touched_churned_count_{{ later }} / nullif(counted.touched_paying_count, 0)
        as touched_churn_rate_{{ later }},
    counted.untouched_churned_count_{{ later }} / nullif(counted.untouched_paying_count, 0)
        as untouched_churn_rate_{{ later }},
    counted.touched_churned_count_{{ later }} / nullif(counted.touched_paying_count, 0)
    - counted.untouched_churned_count_{{ later }} / nullif(counted.untouched_paying_count, 0)
        as churn_rate_difference_{{ later }},
    cast(counted.touched_mrr_change_{{ later }} as decimal(38, 2))
        as touched_mrr_change_{{ later }},
    cast(counted.untouched_mrr_change_{{ later }} as decimal(38, 2))
        as untouched_mrr_change_{{ later }},
    cast(
        counted.touched_mrr_change_{{ later }} / nullif(counted.touched_mrr, 0)
        - counted.untouched_mrr_change_{{ later }} / nullif(counted.untouched_mrr, 0)
        as double
    ) as mrr_change_rate_difference_{{ later }},
    {%- endfor %}
    from counted

)

select * from fct_business_impact
