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

-- Every node with itself and each node above it; `is_weighed` where none of the steps between
-- weighs nothing.
branches as (

    select
        nodes.node_id as top_id,
        nodes.node_id,
        0 as steps_up,
        true as is_weighed,
    from {{ ref('int_scores__nodes') }} as nodes

    union all

    select
        branches.top_id,
        nodes.node_id,
        branches.steps_up + 1 as steps_up,
        branches.is_weighed and coalesce(nodes.weight > 0, false) as is_weighed,
    from branches
    inner join {{ ref('int_scores__nodes') }} as nodes
        on branches.node_id = nodes.parent_id

),

counted as (

    select
        ranked.snapshot_on,
        branches.top_id as node_id,
        sum(ranked.is_known) as known_count,
        sum(ranked.is_missing) as missing_count,
        bool_or(branches.steps_up > 0 and branches.is_weighed and ranked.own_score is not null)
            as is_known_beneath,
    from branches
    inner join ranked
        on branches.node_id = ranked.node_id
    group by ranked.snapshot_on, branches.top_id

),

-- What is not known weighs nothing: neither a node among its siblings, nor its own score
-- beside what is beneath it.
known as (

    select
        ranked.*,
        counted.known_count,
        counted.missing_count,
        case
            when ranked.own_score is null then 0
            when counted.is_known_beneath then ranked.own_share
            else 1
        end as share_of_own,
        case when ranked.own_score is null then 1 else 1 - ranked.own_share end
            as share_beneath,
        case when ranked.own_score is not null or counted.is_known_beneath then ranked.weight end
            as known_weight,
    from ranked
    inner join counted
        on ranked.snapshot_on = counted.snapshot_on and ranked.node_id = counted.node_id

),

shares as (

    select
        known.snapshot_on,
        known.parent_id,
        known.node_id,
        known.own_score,
        known.share_of_own,
        known.share_beneath,
        known.known_weight / nullif(
            {{ exact_sum(
                'known.known_weight', 'over (partition by known.snapshot_on, known.parent_id)'
            ) }}, 0
        ) as share_of_siblings,
    from known

),

-- Down from every node: which share of what is beneath it each descendant has. The shares of a
-- branch multiply, so nothing has to be summed from step to step.
descended as (

    select
        shares.parent_id as top_id,
        shares.*,
        shares.share_of_siblings as share,
    from shares
    where shares.parent_id is not null and shares.share_of_siblings is not null

    union all

    select
        descended.top_id,
        shares.*,
        descended.share * descended.share_beneath * shares.share_of_siblings as share,
    from descended
    inner join shares
        on
            descended.snapshot_on = shares.snapshot_on
            and descended.node_id = shares.parent_id
            and shares.share_of_siblings is not null

),

-- A product of shares is out in its last bits, a hundred of hundreds would not be a hundred.
beneath as (

    select
        descended.snapshot_on,
        descended.top_id as node_id,
        round(
            {{ exact_sum('descended.share * descended.share_of_own * descended.own_score') }}, 12
        ) as score,
    from descended
    group by descended.snapshot_on, descended.top_id

),

rolled as (

    select
        known.*,
        beneath.score as children_score,
        case
            when known.own_score is null then beneath.score
            when beneath.score is null then known.own_score
            else
                known.own_share * known.own_score
                + (1 - known.own_share) * beneath.score
        end as score,
    from known
    left join beneath
        on known.snapshot_on = beneath.snapshot_on and known.node_id = beneath.node_id

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
