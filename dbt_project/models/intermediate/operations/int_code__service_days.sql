-- Grain: one row per service and day on which its code is known.
with

versions as (

    select
        metrics.*,
        least(
            coalesce(
                lead(metrics.analysed_on) over (
                    partition by metrics.project, metrics.file_path
                    order by metrics.analysed_on
                ),
                cast('9999-12-31' as date)
            ),
            {{ dbt.dateadd('day', 31, 'metrics.analysed_on') }}
        ) as valid_to,
    from {{ ref('stg_sonarqube__file_metrics') }} as metrics

)

select
    coalesce(components.service, 'unknown') as service,
    days.date_day as occurred_on,
    cast(sum(versions.code_line_count) as bigint) as code_line_count,
    cast(sum(versions.coverable_line_count) as bigint) as coverable_line_count,
    cast(sum(versions.covered_line_count) as bigint) as covered_line_count,
    cast(sum(versions.bug_count) as bigint) as bug_count,
from versions
inner join {{ ref('time_spine_daily') }} as days
    on versions.analysed_on <= days.date_day and versions.valid_to > days.date_day
left join {{ ref('int_services__components') }} as components
    on versions.project = components.component
where not versions.is_deleted
group by coalesce(components.service, 'unknown'), days.date_day
