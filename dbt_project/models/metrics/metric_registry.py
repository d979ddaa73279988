"""Grain: one row per metric of the semantic layer."""


def model(dbt, session):
    """What the metrics' YAML blocks say, as rows."""
    dbt.config(tags=["reads_project"])
    from orchestration.semantic.materialize import materialize_registry

    return materialize_registry(session)
