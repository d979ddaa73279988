"""Grain: one row per driver family, with its weight in the company's score."""


def model(dbt, session):
    """What the families' groups say (`models/_groups.yml`), as rows."""
    dbt.config(tags=["reads_project"])
    from orchestration.semantic.materialize import materialize_driver_families

    return materialize_driver_families(session)
