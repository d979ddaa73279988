-- Grain: one row per metric, grain, period, slice and build that restated it.
with

-- Those of earlier publications, as these recorded them.
recorded as (

    select
        restated.metric_id,
        restated.grain,
        restated.period_start,
        restated.period_end,
        restated.dimension,
        restated.dimension_value,
        before.value as value_before,
        before.state as state_before,
        restated.value as value_after,
        restated.state as state_after,
        restated.reason,
        restated.load_ids,
        restated.load_files,
        definitions.definition_version as definition_version_before,
        restated.definition_version as definition_version_after,
        publications.build_id,
        publications.as_of,
        publications.started_at as restated_at,
    from {{ ref('stg_raw_meta__published_values') }} as restated
    inner join {{ ref('stg_raw_meta__publications') }} as publications
        on restated.publication_number = publications.publication_number
    inner join {{ ref('stg_raw_meta__published_values') }} as before
        on
            restated.metric_id = before.metric_id
            and restated.grain = before.grain
            and restated.period_start = before.period_start
            and restated.dimension = before.dimension
            and restated.dimension_value = before.dimension_value
            and restated.publication_number > before.publication_number
    inner join {{ ref('stg_raw_meta__published_definitions') }} as definitions
        on
            restated.metric_id = definitions.metric_id
            and restated.publication_number > definitions.publication_number
    where restated.reason is not null
    qualify row_number() over (
        partition by
            restated.metric_id,
            restated.grain,
            restated.period_start,
            restated.dimension,
            restated.dimension_value,
            restated.publication_number
        order by before.publication_number desc, definitions.publication_number desc
    ) = 1

),

-- The one that is running.
build as (

    select
        runs.build_id,
        runs.started_at,
    from {{ ref('stg_raw_meta__runs') }} as runs
    qualify row_number() over (order by runs.build_number desc) = 1

),

found_now as (

    select
        explained.metric_id,
        explained.grain,
        explained.period_start,
        explained.period_end,
        explained.dimension,
        explained.dimension_value,
        explained.value_before,
        explained.state_before,
        explained.value_after,
        explained.state_after,
        explained.reason,
        explained.load_ids,
        explained.load_files,
        explained.definition_version_before,
        explained.definition_version_after,
        build.build_id,
        run.as_of,
        build.started_at as restated_at,
    from {{ ref('int_restatements__explained') }} as explained
    cross join {{ ref('int_calendar__run') }} as run
    cross join build

),

metric_restatements as (

    select recorded.*
    from recorded
    union all
    select found_now.*
    from found_now

)

select * from metric_restatements
