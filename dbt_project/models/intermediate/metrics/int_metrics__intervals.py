"""Grain: one row per core metric that is an amount of customers over another, and month."""


def model(dbt, session):
    """Bootstrap intervals; the numbers are made in orchestration/statistics."""
    from orchestration.statistics.materialize import materialize_intervals

    return materialize_intervals(session, quotients=dbt.ref("int_metrics__quotients"))
