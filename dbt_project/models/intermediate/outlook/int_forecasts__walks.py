"""Grain: one row per metric, slice, period by which it was foretold, and period ahead of that."""


def model(dbt, session):
    """Walking forward, and today; the numbers are made in orchestration/statistics."""
    from orchestration.statistics.forecast_tables import materialize_forecasts

    return materialize_forecasts(session, series=dbt.ref("int_forecasts__series"))
