-- Grain: one row per customer, day on which something was known of it, outcome and days after it,
-- of days after that have all passed: whether the outcome came.
with

-- Windows of one customer do not overlap: a month end counts where the one before is over.
windows as (

    select
        moments.customer_id,
        moments.known_on,
        moments.is_onboarded,
        moments.is_month_end
        and extract('month' from moments.known_on) % (horizons.days // 30) = 0 as is_month_end,
        cast(horizons.days as integer) as horizon_days,
        {{ dbt.dateadd('day', 'horizons.days', 'moments.known_on') }} as until_on,
    from {{ ref('int_evidence__moments') }} as moments
    cross join unnest([30, 90, 180]) as horizons (days)

),

passed as (

    select windows.*
    from windows
    where
        windows.until_on <= {{ as_of() }}
        and (windows.is_onboarded or windows.is_month_end)

),

moved as (

    select
        passed.*,
        next_outcomes.outcome,
        coalesce(next_outcomes.next_on <= passed.until_on, false) as has_come,
    from passed
    inner join {{ ref('int_evidence__next_outcomes') }} as next_outcomes
        on
            passed.customer_id = next_outcomes.customer_id
            and passed.known_on = next_outcomes.known_on

),

-- Asked only of whom a term ended for; where one was let go, it is not renewed.
renewed as (

    select
        passed.customer_id,
        passed.known_on,
        passed.horizon_days,
        passed.is_onboarded,
        passed.is_month_end,
        bool_and(renewals.renewed_count > 0) as has_come,
    from passed
    inner join {{ ref('fct_renewals') }} as renewals
        on
            passed.customer_id = renewals.customer_id
            and passed.known_on < renewals.due_on
            and passed.until_on >= renewals.due_on
    group by all

)

select
    moved.customer_id,
    moved.known_on,
    moved.outcome,
    moved.horizon_days,
    moved.is_onboarded,
    moved.is_month_end,
    moved.has_come,
from moved

union all

select
    renewed.customer_id,
    renewed.known_on,
    'renewal' as outcome,
    renewed.horizon_days,
    renewed.is_onboarded,
    renewed.is_month_end,
    renewed.has_come,
from renewed
