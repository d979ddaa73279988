-- Grain: one row per intervention and spell in one standing.
with

intervention_spells as (

    select
        spells.intervention_id,
        spells.spell_number,
        spells.standing,
        spells.owner_role,
        spells.began_on,
        spells.ended_on,
        spells.due_on,
        spells.led_by,
        spells.ended_as,
    from {{ ref('int_interventions__spells') }} as spells

)

select * from intervention_spells
