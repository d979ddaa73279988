-- Grain: one row per metric of the executive core, as of the run's day.
with

-- Core metrics whose guardrail is breached now, and those of them that are critical.
breached as (

    select
        scorecards.metric_id,
        coalesce(bool_or(breaches.severity = 'critical'), false) as is_critical,
    from {{ ref('int_scorecards__metrics') }} as scorecards
    inner join {{ ref('dim_metrics') }} as metrics
        on scorecards.metric_id = metrics.metric_id
    left join {{ ref('guardrail_breaches') }} as breaches
        on
            scorecards.metric_id = breaches.metric_id
            and scorecards.grain = breaches.grain
            and breaches.dimension = 'total'
            and breaches.is_open
    where scorecards.status = 'breach' and metrics.tier = 'core'
    group by scorecards.metric_id

),

breached_core as (

    select
        cast(count(*) as integer) as breach_count,
        cast(count(*) filter (where breached.is_critical) as integer) as critical_count,
    from breached

),

executive_scorecard as (

    select
        scorecards.snapshot_on,
        cast({{ dbt.date_trunc('week', 'scorecards.snapshot_on') }} as date)
            as week_starts_on,
        metrics.metric_id,
        metrics.label,
        metrics.driver_family,
        metrics.unit,
        metrics.currency,
        metrics.direction,
        scorecards.grain,
        scorecards.period_start,
        scorecards.period_end,
        scorecards.judged_over,
        scorecards.value,
        scorecards.period_value,
        scorecards.state,
        scorecards.previous_value,
        scorecards.change_on_previous,
        scorecards.change_on_week,
        scorecards.change_on_month,
        scorecards.change_on_year,
        scorecards.trend_3m,
        scorecards.trend_6m,
        scorecards.target,
        scorecards.guardrail,
        scorecards.status,
        scorecards.score,
        scorecards.branch_score,
        families.score as family_score,
        companies.score as company_score,
        case
            when companies.score is null then 'no_value'
            when companies.score <= 0 then 'breach'
            when companies.score >= 75 and breached_core.critical_count = 0 then 'on_target'
            else 'watch'
        end as company_status,
        breached_core.breach_count as core_breach_count,
        breached_core.critical_count as core_critical_count,
        scorecards.missing_count,
        metrics.owner_role,
        metrics.paired_metric_id,
        narratives.leading_metric_ids,
        narratives.narrative,
        narratives.open_intervention_count,
        hints.mode,
        hints.hint,
        scorecards.data_through_on,
    from {{ ref('dim_metrics') }} as metrics
    inner join {{ ref('int_scorecards__metrics') }} as scorecards
        on metrics.metric_id = scorecards.metric_id
    inner join {{ ref('int_scorecards__narratives') }} as narratives
        on metrics.metric_id = narratives.metric_id
    inner join {{ ref('metric_hints') }} as hints
        on metrics.metric_id = hints.metric_id
    cross join breached_core
    left join {{ ref('kpi_scores') }} as families
        on
            metrics.driver_family = families.node_id
            and scorecards.snapshot_on = families.snapshot_on
    left join {{ ref('kpi_scores') }} as companies
        on
            scorecards.snapshot_on = companies.snapshot_on
            and companies.node_id = 'company'
    where list_contains(metrics.audiences, 'executive')

)

select * from executive_scorecard
