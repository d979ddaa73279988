"""Grain: one row per intervention and spell in one standing."""


def model(dbt, session):
    """What fits each role's capacity, and what waits, day by day."""
    steps = dbt.ref("int_interventions__valued")
    capacities = dbt.ref("role_capacities")
    run = dbt.ref("int_calendar__run")

    from orchestration.act.materialize import materialize_spells

    return materialize_spells(session, steps=steps, capacities=capacities, run=run)
