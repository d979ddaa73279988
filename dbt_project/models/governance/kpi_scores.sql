-- Grain: one row per node of the tree (company, driver family, metric) and snapshot.
with recursive

-- What has a target and a guardrail, for the total or a slice, ought to have a score.
scored as (

    select distinct targets.metric_id,
    from {{ ref('metric_targets') }} as targets
    where targets.target is not null and targets.guardrail is not null

),

ranked as (

    select
        snapshots.period_end_on as snapshot_on,
        nodes.node_id,
        nodes.node_type,
        nodes.parent_id,
        nodes.rank_below,
        nodes.weight,
        nodes.own_share,
        own.score as own_score,
        own.status,
        own.state,
        own.period_start,
        cast(own.score is not null as integer) as is_known,
        cast(scored.metric_id is not null and own.score is null as integer) as is_missing,
    from {{ ref('int_scores__nodes') }} as nodes
    cross join {{ ref('int_calendar__months') }} as snapshots
    left join {{ ref('int_scores__own') }} as own
        on nodes.node_id = own.metric_id and snapshots.period_end_on = own.snapshot_on
    left join scored
        on nodes.node_id = scored.metric_id

),

lowest as (

    select max(ranked.rank_below) as rank_below,
    from ranked

),

-- From the lowest rank up: a node weighs its own score against those beneath it; what is
-- not known weighs nothing.
rolled as (

    select
        ranked.*,
        cast(null as double) as children_score,
        ranked.own_score as score,
        ranked.is_known as known_count,
        ranked.is_missing as missing_count,
    from ranked
    inner join lowest
        on ranked.rank_below = lowest.rank_below

    union all

    select
        ranked.*,
        children.score as children_score,
        case
            when ranked.own_score is null then children.score
            when children.score is null then ranked.own_score
            else
                ranked.own_share * ranked.own_score
                + (1 - ranked.own_share) * children.score
        end as score,
        ranked.is_known + coalesce(children.known_count, 0) as known_count,
        ranked.is_missing + coalesce(children.missing_count, 0) as missing_count,
    from ranked
    -- Only a subquery may aggregate what the recursion has found.
    -- noqa: disable=ST05
    inner join (select distinct rolled.rank_below from rolled) as above
        on ranked.rank_below = above.rank_below - 1
    left join (
        select
            rolled.snapshot_on,
            rolled.parent_id,
            {{ exact_sum('rolled.weight * rolled.score') }}
            / nullif(
                {{ exact_sum('rolled.weight', 'filter (where rolled.score is not null)') }}, 0
            ) as score,
            cast(sum(rolled.known_count) as integer) as known_count,
            cast(sum(rolled.missing_count) as integer) as missing_count,
        from rolled
        group by rolled.snapshot_on, rolled.parent_id
    ) as children
    -- noqa: enable=ST05
        on ranked.snapshot_on = children.snapshot_on and ranked.node_id = children.parent_id

),

kpi_scores as (

    select
        rolled.snapshot_on,
        rolled.node_type,
        rolled.node_id,
        rolled.parent_id,
        rolled.rank_below,
        rolled.weight,
        rolled.own_share,
        rolled.period_start,
        coalesce(rolled.state, case when rolled.node_type = 'metric' then 'no_data' end)
            as state,
        rolled.status,
        rolled.own_score,
        rolled.children_score,
        rolled.score,
        cast(rolled.known_count as integer) as known_count,
        cast(rolled.missing_count as integer) as missing_count,
    from rolled

)

select * from kpi_scores
