"""Grain: one row per metric of the bridge, month by whose end it was told, and month ahead."""


def model(dbt, session):
    """Walking forward, and today; the numbers are made in orchestration/statistics."""
    from orchestration.statistics.bridge_tables import materialize_bridges

    return materialize_bridges(
        session,
        flows=dbt.ref("int_forecasts__flows"),
        announced=dbt.ref("int_forecasts__announced"),
        exposures=dbt.ref("int_forecasts__exposures"),
        series=dbt.ref("int_forecasts__series"),
    )
