-- Grain: one row per decision of an operator about a landing file or a stale source.
with

landing_decisions as (

    select
        decisions.decision_id,
        decisions.decision,
        decisions.source_name,
        decisions.object_name,
        decisions.path,
        decisions.load_id,
        decisions.decided_on,
    from {{ ref('stg_raw_meta__decisions') }} as decisions

)

select * from landing_decisions
