{{ config(alias='business_impact') }}
-- Grain: one row per period (day, week, month, quarter) and service, all of them, or
-- incident, in which customers were touched. A cube: a customer counts once in each.
with

touches as (

    select
        touched.*,
        dense_rank() over (
            order by
                touched.grain, touched.period_start, touched.dimension, touched.dimension_value
        ) as window_number,
    from {{ ref('int_impact__touched') }} as touched

),

windows as (

    select
        touches.window_number,
        touches.grain,
        touches.period_start,
        touches.dimension,
        touches.dimension_value,
        touches.starts_on,
        touches.ends_on,
        touches.compared_from,
        count(*) as touched_customer_count,
    from touches
    group by all

),

-- What they paid on the day before they were first touched.
arr as (

    select
        touches.window_number,
        12 * {{ exact_sum('balances.net_mrr * rates.opening_rate') }} as touched_arr,
    from touches
    inner join {{ ref('int_mrr__balance_periods') }} as balances
        on
            touches.customer_id = balances.customer_id
            and touches.first_touched_on > balances.valid_from
            and touches.first_touched_on <= balances.valid_to
    inner join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            balances.currency = rates.currency
            and {{ month_start('touches.first_touched_on') }} = rates.month_start
    group by touches.window_number

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
        touches.window_number,
        touches.customer_id,
        unnest(touches.touched_days) as touched_on,
    from touches

),

-- Touched while trying, not before or after.
touched_trials as (

    select distinct
        touched_days.window_number,
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
        windows.window_number,
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
            windows.window_number = touched_trials.window_number
            and trials.customer_id = touched_trials.customer_id
    group by windows.window_number

),

-- Tickets from a window's first day to a week after its last; not known where the help desk's
-- data does not reach so far.
tickets as (

    select
        windows.window_number,
        tickets.customer_id,
        count(*) as ticket_count,
    from windows
    inner join {{ ref('int_support__tickets') }} as tickets
        on
            windows.starts_on <= cast(tickets.created_at as date)
            and {{ dbt.dateadd('day', 7, 'windows.ends_on') }}
            >= cast(tickets.created_at as date)
    where windows.grain = 'month' and tickets.excluded_as is null
    group by windows.window_number, tickets.customer_id

),

-- Only months and incidents are followed: the other windows say whom they touched.
followed as (

    select
        windows.window_number,
        touches.customer_id is not null as is_touched,
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
            windows.window_number = tickets.window_number
            and followed.customer_id = tickets.customer_id
    left join touches
        on
            windows.window_number = touches.window_number
            and followed.customer_id = touches.customer_id
    where windows.grain = 'month'
    group by all

),

counted as (

    select
        windows.grain,
        windows.period_start,
        windows.dimension,
        windows.dimension_value,
        windows.compared_from,
        windows.touched_customer_count,
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
    left join arr
        on windows.window_number = arr.window_number
    left join conversions
        on windows.window_number = conversions.window_number
    {%- for side in ['touched', 'untouched'] %}
    left join followed as {{ side }}_followed
        on
            windows.window_number = {{ side }}_followed.window_number
            and {{ 'not ' if side == 'untouched' }}{{ side }}_followed.is_touched
    {%- endfor %}

),

rates as (

    select
        counted.*,
        -- Who was not touched tells how many would have come; without such, nothing is known.
        counted.touched_trial_count
        * counted.untouched_converted_count / nullif(counted.untouched_trial_count, 0)
            as expected_conversion_count,
        {%- for side in ['touched', 'untouched'] %}
        counted.{{ side }}_converted_count / nullif(counted.{{ side }}_trial_count, 0)
            as {{ side }}_conversion_rate,
        counted.{{ side }}_ticket_count / nullif(counted.{{ side }}_paying_count, 0)
            as {{ side }}_tickets_per_customer,
        {%- for later in ['30d', '60d'] %}
        counted.{{ side }}_churned_count_{{ later }} / nullif(counted.{{ side }}_paying_count, 0)
            as {{ side }}_churn_rate_{{ later }},
        counted.{{ side }}_mrr_change_{{ later }} / nullif(counted.{{ side }}_mrr, 0)
            as {{ side }}_mrr_change_rate_{{ later }},
        {%- endfor %}
        {%- endfor %}
    from counted

),

fct_business_impact as (

    select
        rates.grain,
        rates.period_start,
        rates.dimension,
        rates.dimension_value,
        rates.compared_from,
        cast(rates.touched_customer_count as integer) as touched_customer_count,
        cast(rates.touched_arr as decimal(38, 4)) as touched_arr,
        cast(rates.touched_trial_count as integer) as touched_trial_count,
        cast(rates.touched_converted_count as integer) as touched_converted_count,
        cast(rates.untouched_trial_count as integer) as untouched_trial_count,
        cast(rates.untouched_converted_count as integer) as untouched_converted_count,
        rates.touched_conversion_rate,
        rates.untouched_conversion_rate,
        rates.touched_conversion_rate - rates.untouched_conversion_rate
            as conversion_rate_difference,
        rates.expected_conversion_count,
        rates.expected_conversion_count - rates.touched_converted_count
            as lost_conversion_count,
        cast(rates.touched_paying_count as integer) as touched_paying_count,
        cast(rates.untouched_paying_count as integer) as untouched_paying_count,
        cast(rates.touched_mrr as decimal(38, 2)) as touched_mrr,
        cast(rates.untouched_mrr as decimal(38, 2)) as untouched_mrr,
        cast(rates.touched_ticket_count as integer) as touched_ticket_count,
        cast(rates.untouched_ticket_count as integer) as untouched_ticket_count,
        cast(
            rates.touched_tickets_per_customer - rates.untouched_tickets_per_customer as double
        ) as tickets_per_customer_difference,
    {%- for later in ['30d', '60d'] %}
    {%- for side in ['touched', 'untouched'] %}
    cast(rates.{{ side }}_churned_count_{{ later }} as integer)
        as {{ side }}_churned_count_{{ later }},
    {%- endfor %}
    rates.touched_churn_rate_{{ later }},
    rates.untouched_churn_rate_{{ later }},
    rates.touched_churn_rate_{{ later }} - rates.untouched_churn_rate_{{ later }}
        as churn_rate_difference_{{ later }},
    {%- for side in ['touched', 'untouched'] %}
    cast(rates.{{ side }}_mrr_change_{{ later }} as decimal(38, 2))
        as {{ side }}_mrr_change_{{ later }},
    {%- endfor %}
    cast(
        rates.touched_mrr_change_rate_{{ later }} - rates.untouched_mrr_change_rate_{{ later }}
        as double
    ) as mrr_change_rate_difference_{{ later }},
    {%- endfor %}
    from rates

)

select * from fct_business_impact
