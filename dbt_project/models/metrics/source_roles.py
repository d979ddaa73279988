"""Grain: one row per declared source, with the role in which it feeds metrics."""


def model(dbt, session):
    """What the sources' YAML says of their roles (`meta.feeds`), as rows."""
    dbt.config(tags=["reads_project"])
    from orchestration.semantic.materialize import materialize_source_roles

    return materialize_source_roles(session)
