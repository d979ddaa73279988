-- Grain: one row per source and day that it covers, or through which a run computed.
with

covered as (

    select
        roles.source_name,
        roles.collection,
        days.date_day as occurred_on,
    from {{ ref('stg_raw_meta__coverage') }} as coverage
    inner join {{ ref('source_roles') }} as roles
        on coverage.source = roles.source_name
    inner join {{ ref('time_spine_daily') }} as days
        on
            coalesce(coverage.covered_from <= days.date_day, true)
            and coverage.covered_through >= days.date_day

),

-- The first build that was published for a day made it public; those after it repeated it.
-- The very first installed the product over files of long ago, and says nothing of lateness.
publications as (

    select
        runs.as_of,
        runs.started_at,
        runs.build_number,
    from {{ ref('stg_raw_meta__runs') }} as runs
    -- The newest is the one that is being built.
    qualify
        (runs.status = 'published' or runs.build_number = max(runs.build_number) over ())
        and runs.build_number > min(runs.build_number)
        filter (where runs.status = 'published') over ()

),

runs as (

    select
        publications.as_of,
        publications.started_at,
    from publications
    cross join {{ ref('int_calendar__run') }} as run
    where publications.as_of <= run.as_of
    qualify
        row_number() over (
            partition by publications.as_of order by publications.build_number
        ) = 1

),

published as (

    select
        files.source_name,
        runs.as_of as occurred_on,
        {{ at_least(
            dbt.datediff('max(files.max_event_at)', 'runs.started_at', 'second') ~ ' / 3600.0', 0
        ) }} as hours_to_published,
    from runs
    inner join {{ ref('stg_raw_meta__files') }} as files
        on runs.started_at >= files.loaded_at
    where files.max_event_at is not null
    group by files.source_name, runs.as_of, runs.started_at

),

keys as (

    select
        covered.source_name,
        covered.occurred_on,
    from covered
    union
    select
        published.source_name,
        published.occurred_on,
    from published

),

fct_source_days as (

    select
        keys.source_name,
        keys.occurred_on,
        coalesce(covered.collection, 'unknown') as collection,
        cast(covered.source_name is not null as integer) as covered_count,
        cast(coalesce(covered.collection = 'automatic', false) as integer) as automatic_count,
        cast(published.hours_to_published as double) as hours_to_published,
    from keys
    left join covered
        on keys.source_name = covered.source_name and keys.occurred_on = covered.occurred_on
    left join published
        on keys.source_name = published.source_name and keys.occurred_on = published.occurred_on

)

select * from fct_source_days
