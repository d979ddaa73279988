-- Grain: one row per metric, grain, period and slice that this build restates, with the reason
-- that the evidence supports best and the loads that carry it.
with

reported as (

    select
        max(publications.publication_number) as publication_number,
        max(publications.as_of) as as_of,
    from {{ ref('stg_raw_meta__publications') }} as publications

),

defined as (

    select definitions.*
    from {{ ref('stg_raw_meta__published_definitions') }} as definitions
    qualify row_number() over (
        partition by definitions.metric_id order by definitions.publication_number desc
    ) = 1

),

redefined as (

    select
        registry.metric_id,
        defined.definition_version as definition_version_before,
        registry.definition_version as definition_version_after,
        registry.definition_version != defined.definition_version
        or registry.formula != defined.formula as is_redefined,
        registry.fingerprint != defined.fingerprint as is_recoded,
    from {{ ref('metric_registry') }} as registry
    inner join defined
        on registry.metric_id = defined.metric_id

),

customers as (

    select published_customers.*
    from {{ ref('stg_raw_meta__published_customers') }} as published_customers
    qualify row_number() over (
        partition by published_customers.customer_id, published_customers.dimension
        order by published_customers.publication_number desc
    ) = 1

),

-- The slices that a customer left, and those that it went to.
moved_slices as (

    select distinct
        customers.dimension,
        unnest([customers.dimension_value, slices.dimension_value]) as dimension_value,
    from customers
    inner join {{ ref('int_customers__slices') }} as slices
        on
            customers.customer_id = slices.customer_id
            and customers.dimension = slices.dimension
            and customers.dimension_value != slices.dimension_value

),

evidence as (

    select
        load_evidence.source as source_name,
        load_evidence.object as object_name,
        load_evidence.load_id,
        load_evidence.path,
        load_evidence.earliest_on,
        case
            when load_evidence.kind in ('removed', 'withdrawn') then 'deleted_or_withdrawn'
            when load_evidence.kind = 'added' then 'late_data'
            else 'back_dated_change'
        end as reason,
        case
            when load_evidence.kind = 'withdrawn' then 1
            when load_evidence.kind = 'back_dated' then 2
            when load_evidence.kind = 'added' and load_evidence.earliest_on is not null then 3
            when load_evidence.kind = 'removed' then 4
            -- What does not say since when it holds may have nothing to do with the past.
            else 5
        end as strength,
    from {{ ref('stg_raw_meta__load_evidence') }} as load_evidence
    inner join reported
        on load_evidence.since_publication = reported.publication_number

),

-- Which raw tables a metric comes from, as its lineage tells.
feeding as (

    select distinct
        lineage.metric_id,
        lineage.from_schema,
        lineage.from_table,
    from {{ ref('metric_lineage') }} as lineage
    where lineage.is_source

),

periods as (

    select distinct
        changed.metric_id,
        changed.period_end,
    from {{ ref('int_restatements__changed') }} as changed

),

-- The loads of the strongest kind that speak of the period or of days before it.
explaining as (

    select
        periods.metric_id,
        periods.period_end,
        evidence.strength,
        evidence.reason,
        evidence.load_id,
        evidence.path,
    from periods
    inner join feeding
        on periods.metric_id = feeding.metric_id
    inner join evidence
        on
            feeding.from_schema = 'raw_' || evidence.source_name
            and feeding.from_table = evidence.object_name
            and coalesce(periods.period_end >= evidence.earliest_on, true)
    qualify evidence.strength = min(evidence.strength) over (
        partition by periods.metric_id, periods.period_end
    )

),

explained as (

    select
        explaining.metric_id,
        explaining.period_end,
        min(explaining.strength) as strength,
        min(explaining.reason) as reason,
        list(distinct explaining.load_id order by explaining.load_id) as load_ids,
        list(distinct explaining.path order by explaining.path) as load_files,
    from explaining
    group by explaining.metric_id, explaining.period_end

),

-- Whoever says what a customer is may have moved it.
describing as (

    select
        list(distinct evidence.load_id order by evidence.load_id) as load_ids,
        list(distinct evidence.path order by evidence.path) as load_files,
    from evidence
    inner join {{ ref('source_roles') }} as roles
        on evidence.source_name = roles.source_name
    where roles.role in ('billing', 'app', 'crm')

),

judged as (

    select
        changed.*,
        redefined.definition_version_before,
        redefined.definition_version_after,
        explained.load_ids,
        explained.load_files,
        case
            when redefined.is_redefined then 'definition_change'
            when
                moved_slices.dimension is not null
                and max(cast(changed.dimension = 'total' as integer)) over (
                    partition by changed.metric_id, changed.grain, changed.period_start
                ) = 0
                then 'changed_attribute'
            -- Who was waiting when it was published need not have been revised to arrive.
            when
                reported.as_of < run.as_of
                and metrics.aggregation = 'distribution'
                and metrics.maturity_days > 0
                and coalesce(explained.strength, 5) = 5
                and not redefined.is_recoded
                then 'time_passed'
            when explained.reason is not null then explained.reason
            when redefined.is_recoded then 'definition_change'
            else 'time_passed'
        end as reason,
    from {{ ref('int_restatements__changed') }} as changed
    cross join {{ ref('int_calendar__run') }} as run
    cross join reported
    inner join {{ ref('dim_metrics') }} as metrics
        on changed.metric_id = metrics.metric_id
    left join redefined
        on changed.metric_id = redefined.metric_id
    left join moved_slices
        on
            changed.dimension = moved_slices.dimension
            and changed.dimension_value = moved_slices.dimension_value
    left join explained
        on
            changed.metric_id = explained.metric_id
            and changed.period_end = explained.period_end

)

select
    judged.* exclude (load_ids, load_files),
    case
        when judged.reason = 'changed_attribute' then describing.load_ids
        when judged.reason in ('definition_change', 'time_passed') then cast([] as bigint[])
        else judged.load_ids
    end as load_ids,
    case
        when judged.reason = 'changed_attribute' then describing.load_files
        when judged.reason in ('definition_change', 'time_passed') then cast([] as varchar[])
        else judged.load_files
    end as load_files,
from judged
cross join describing
