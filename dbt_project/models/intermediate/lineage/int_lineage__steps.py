"""Grain: one row per metric, column on its way, and column that it comes from."""


def model(dbt, session):
    """The way of every metric to raw columns, read out of the compiled SQL."""
    dbt.config(tags=["reads_project"])
    # What is to be read has been compiled and built when the values are there.
    dbt.ref("metric_values")

    from orchestration.semantic.materialize import materialize_lineage

    return materialize_lineage(session)
