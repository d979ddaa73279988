-- Grain: one row per node of the tree.
with recursive

edges as (

    select
        'company' as node_id,
        'company' as node_type,
        cast(null as varchar) as parent_id,
        cast(1 as double) as weight,
        cast(0 as double) as own_share,
    union all
    select
        families.driver_family as node_id,
        'family' as node_type,
        'company' as parent_id,
        families.weight,
        0 as own_share,
    from {{ ref('driver_families') }} as families
    union all
    select
        metrics.metric_id as node_id,
        'metric' as node_type,
        coalesce(metrics.parent_metric_id, metrics.driver_family) as parent_id,
        metrics.weight,
        metrics.own_share,
    from {{ ref('dim_metrics') }} as metrics

),

nodes as (

    select
        edges.*,
        0 as rank_below,
        cast(null as varchar) as root_metric_id,
        cast([] as varchar[]) as path,
    from edges
    where edges.parent_id is null

    union all

    select
        edges.*,
        nodes.rank_below + 1 as rank_below,
        case
            when edges.node_type = 'metric'
                then coalesce(nodes.root_metric_id, edges.node_id)
        end as root_metric_id,
        list_append(nodes.path, edges.node_id) as path,
    from nodes
    inner join edges
        on nodes.node_id = edges.parent_id

)

select * from nodes
