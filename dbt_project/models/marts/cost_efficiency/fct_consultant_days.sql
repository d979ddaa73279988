-- Grain: one row per person who delivers and day: working days while employed, and days with
-- hours. Dense over the days that the source covers.
with

covered as (

    select
        coverage.covered_from,
        {{ at_most('coverage.covered_through', 'run.as_of') }} as covered_through,
    from {{ ref('stg_raw_meta__coverage') }} as coverage
    cross join {{ ref('int_calendar__run') }} as run
    where coverage.source = 'harvest'

),

employed as (

    select
        users.user_id,
        users.weekly_capacity_hours / 5.0 as available_hours,
        greatest(users.starts_on, covered.covered_from) as first_on,
        least(coalesce(users.ends_on - 1, covered.covered_through), covered.covered_through)
            as last_on,
    from {{ ref('stg_harvest__users') }} as users
    cross join covered

),

available as (

    select
        employed.user_id,
        cast(days.day_on as date) as worked_on,
        employed.available_hours,
    from employed
    cross join
        unnest(
            generate_series(employed.first_on, employed.last_on, interval 1 day)
        ) as days (day_on)
    where extract('isodow' from days.day_on) <= 5

),

worked as (

    select
        entries.user_id,
        entries.spent_on as worked_on,
        {{ exact_sum('entries.hours') }} as hours,
        {{ exact_sum("case when entries.is_billable then entries.hours else 0 end") }}
            as billable_hours,
        -- What is billed by the hour is delivered by the hour; a fixed fee by milestones.
        coalesce(
            sum(
                {{ as_exact('entries.hours * entries.billable_rate * rates.opening_rate') }}
            ) filter (where entries.is_billable and not projects.is_fixed_fee),
            0
        ) as hourly_amount,
    from {{ ref('stg_harvest__time_entries') }} as entries
    cross join covered
    left join {{ ref('int_delivery__projects') }} as projects
        on entries.project_id = projects.project_id
    left join {{ ref('int_currencies__monthly_rates') }} as rates
        on
            projects.currency = rates.currency
            and {{ month_start('entries.spent_on') }} = rates.month_start
    where entries.spent_on <= covered.covered_through
    group by entries.user_id, entries.spent_on

),

fct_consultant_days as (

    select
        {{ keyed_hash('coalesce(available.user_id, worked.user_id)') }} as consultant_hash,
        coalesce(available.worked_on, worked.worked_on) as worked_on,
        -- Beyond working days no hours are there; whose capacity nobody tells may have any.
        {{ as_exact("""
            case when users.weekly_capacity_hours is not null
                then coalesce(available.available_hours, 0) end
        """) }} as available_hours,
        {{ as_exact('coalesce(worked.hours, 0)') }} as hours,
        {{ as_exact('coalesce(worked.billable_hours, 0)') }} as billable_hours,
        cast(coalesce(worked.hourly_amount, 0) as decimal(38, 2)) as hourly_amount,
        coalesce(users.team, 'unknown') as team,
    from available
    full join worked
        on available.user_id = worked.user_id and available.worked_on = worked.worked_on
    left join {{ ref('stg_harvest__users') }} as users
        on coalesce(available.user_id, worked.user_id) = users.user_id

)

select * from fct_consultant_days
