"""Grain: one row per metric and slice that has a value in the newest complete period."""


def model(dbt, session):
    """Process limits; the numbers are made in orchestration/statistics."""
    from orchestration.statistics.materialize import materialize_signals

    return materialize_signals(session, series=dbt.ref("int_signals__series"))
